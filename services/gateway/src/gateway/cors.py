"""Which other sites' pages may use the API."""

from __future__ import annotations

from yarl import URL

ANY = "*"


def allowed_origins(text: str) -> frozenset[str]:
    """Of `https://a.example, https://b.example:8443`, or `*`. Raises `ValueError` for what is no origin."""
    origins = frozenset(part.strip() for part in text.split(",") if part.strip())
    for origin in origins - {ANY}:
        url = URL(origin)
        if url.scheme not in {"http", "https"} or str(url.origin()) != origin:
            raise ValueError(f"an origin is https://host or https://host:port, and {ANY} stands for all")
    if ANY in origins and len(origins) > 1:
        raise ValueError(f"{ANY} stands alone")
    return origins
