"""Letters, the jobs that send them, and how an attempt ends. No I/O."""
