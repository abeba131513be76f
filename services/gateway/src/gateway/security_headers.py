"""Headers of every answer, whatever it is."""

from __future__ import annotations

from multidict import CIMultiDict

STANDARD = {
    "Server": "onasty",  # and not which version of what
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
CSP = "Content-Security-Policy"
NO_DOCUMENT = "default-src 'none'; frame-ancestors 'none'"


class SecurityHeaders:
    """What browsers are told. A page brings a policy of its own; all else is no document."""

    def __init__(self, *, hsts_max_age: int) -> None:
        """`hsts_max_age` in seconds; 0 says nothing, as is right where the client does not come by TLS."""
        self._headers = dict(STANDARD)
        if hsts_max_age:
            self._headers["Strict-Transport-Security"] = f"max-age={hsts_max_age}"

    def add(self, headers: CIMultiDict[str]) -> None:
        headers.update(self._headers)
        headers.setdefault(CSP, NO_DOCUMENT)
