"""Use cases that only look, one in each file."""
