"""Use cases that change state, one in each file."""
