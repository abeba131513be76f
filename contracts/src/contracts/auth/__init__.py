"""What the auth service answers."""
