"""`devstack`, and `python -m devstack`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from devstack.errors import StackError
from devstack.options import parse
from devstack.terminal import say


def main() -> None:
    """The command. Exit code 0 after a signal, 1 with a message when a part does not start."""
    options = parse()
    # Until the event loop takes over: nothing has been started yet, so there is nothing to stop.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    os.umask(0o077)
    # Only now, for it takes a quarter of a second: --help does without.
    from devstack.stack import run_until_signal  # noqa: PLC0415

    try:
        asyncio.run(run_until_signal(options, say))
    except StackError as error:
        sys.exit(f"devstack: {error}")


if __name__ == "__main__":
    main()
