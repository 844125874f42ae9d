"""Holds, lists, and how content goes: by one gate, with proof."""
