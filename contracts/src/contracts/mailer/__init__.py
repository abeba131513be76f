"""What the mailer answers."""
