"""What happens to notes, told to whoever watches them: server-sent events."""
