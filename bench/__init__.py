"""`./task bench`: how fast notes are kept and read, beside what their PostgreSQL could do at most."""
