"""TLS to NATS, where its address says so."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Any


def tls_options(servers: Sequence[str], ca_file: str) -> dict[str, Any]:
    """What `nats.connect` needs besides the addresses; nothing where none is tls://.

    TLS begins with the first byte, as `handshake_first` of the server wants it: else whoever is in between
    could say that the server has none, and nats-py would go on without. Raises `OSError` (`ssl.SSLError` is
    one) for a file that cannot be read, and `ValueError` for addresses of both kinds.
    """
    secured = {server.strip().startswith("tls://") for server in servers}
    if secured != {True}:
        if True in secured:
            raise ValueError("either all addresses are tls://, or none is")
        return {}
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return {"tls": context, "tls_handshake_first": True}
