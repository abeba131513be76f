"""The one error of the launcher."""


class StackError(Exception):
    """A part did not start, or cannot. The text is for the person at the terminal: what, and what to do."""
