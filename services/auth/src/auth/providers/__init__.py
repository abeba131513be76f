"""Where people may sign in instead, and who came from there. Imported only when configured."""
