"""What children inherit."""

from __future__ import annotations

import os


def inherited() -> dict[str, str]:
    """The environment of this process without libpq's variables.

    PGHOST, PGSSLMODE and the like would lead clients away from the servers that they are told to use.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
