"""Use cases that change something, one in each file."""
