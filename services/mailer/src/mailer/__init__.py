"""Turns events into e-mail. What it follows stands in `consumers`; how it is put together, in `app`."""
