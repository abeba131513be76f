"""Ports on the loopback interface."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from collections.abc import Collection

from devstack.errors import StackError

LOOPBACK = "127.0.0.1"

# Below the ports that the kernel gives to outgoing connections (Linux from 32768, macOS from 49152).
# A client that retries a dead server on such a port may be given that very port, connect to itself,
# and keep the server from coming back.
LOWEST, HIGHEST = 15000, 32767
ATTEMPTS = 1000
LAST_PORT = 65535


def is_port(text: str) -> bool:
    return text.isdecimal() and int(text) <= LAST_PORT


def given_port(variable: str) -> int:
    """The port that the environment gives; 0 if it gives none. Raises `StackError`."""
    text = os.environ.get(variable) or "0"
    if not is_port(text):
        raise StackError(f"{variable} is not a port: 0 to {LAST_PORT}.")
    return int(text)


def free_ports(count: int, *, but: Collection[int] = ()) -> list[int]:
    """`count` different ports that nobody listens on now, none of `but`.

    Raises `StackError` when there are too few.
    All are held open while choosing and released together; another process may still take one before
    its server does, which then fails to start.
    """
    ports: list[int] = []
    with contextlib.ExitStack() as held:
        for port in random.sample(range(LOWEST, HIGHEST + 1), ATTEMPTS):
            if len(ports) == count:
                break
            if port in but:
                continue
            probe = held.enter_context(socket.socket())
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            ports.append(port)
    if len(ports) < count:
        raise StackError(f"No {count} free ports between {LOWEST} and {HIGHEST} on {LOOPBACK}.")
    return ports


def require_free(port: int, setting: str = "--port ") -> None:
    """Raise `StackError` with a way out, which is `setting`, when somebody listens on `port`."""
    with socket.socket() as probe:
        # As servers do it: connections that linger from an earlier run do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except PermissionError:
            raise StackError(f"Port {port} needs more rights. Choose one above 1023: {setting}8080") from None
        except OSError:
            raise StackError(
                f"Port {port} is taken by another program. "
                f"Choose another with {setting}{port + 1}, or any free one with {setting}0."
            ) from None
