"""Looks at a running installation, changes nothing, and says what to do."""
