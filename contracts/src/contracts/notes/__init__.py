"""What the notes service answers."""
