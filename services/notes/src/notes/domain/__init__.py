"""The rules of a note's life, without I/O."""
