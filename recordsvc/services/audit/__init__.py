"""The trail of all acts: sealed in one order, checked entry by entry."""
