"""Addresses as SMTP wants them."""

from __future__ import annotations

import idna

from mailer.domain.failure import RefusedError


def deliverable(address: str) -> str:
    """With its domain in ASCII, which every server takes: `exämple.net` is `xn--exmple-cua.net`.

    What stands before the @ stays as it is: beyond ASCII it needs a server with SMTPUTF8. Raises
    `RefusedError` for a domain that cannot be one.
    """
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}{at}{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError as error:
        raise RefusedError("recipient is no address") from error
