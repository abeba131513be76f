"""Ways for a mail to leave the house."""
