"""Use cases: the only writers; every door calls them."""
