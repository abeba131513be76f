"""Use cases that change state."""
