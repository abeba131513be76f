"""Which client a request comes from: the peer, or what a trusted proxy says of it."""

from __future__ import annotations

import functools
import hmac
import ipaddress
import re
from collections.abc import Iterable, Sequence

from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

X_FORWARDED_FOR = "X-Forwarded-For"
FORWARDED = "Forwarded"
UNKNOWN = "unknown"
# What one subscriber usually has, and can pick addresses from at will.
IPV6_PREFIX = 64
NAME_BYTES = 16
REMEMBERED = 4096
# A header of this many hops is nobody's honest work.
MAX_HOPS = 32
_PORT = re.compile(r"^(?:\[(?P<v6>[^\]]*)\](?::\d+)?|(?P<v4>[0-9.]+):\d+)$")


def networks(text: str) -> tuple[Network, ...]:
    """Of `10.0.0.0/8, ::1`. Raises `ValueError` for what is none."""
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError(
            "networks are 10.0.0.0/8 or 2001:db8::/32, with commas, 0 beyond the prefix"
        ) from None


class ClientAddresses:
    """Tells clients apart by a keyed hash of their address, IPv6 by its /64; nobody learns the address.

    The header counts only when the peer is in `trusted`. It is read from the right: the first address
    that is not trusted is the client's. Where it stops making sense, the hop that wrote the nonsense is.
    Only the header that the proxies are known to write is read: another may be the client's own.
    """

    def __init__(self, key: bytes, trusted: Sequence[Network] = (), header: str = X_FORWARDED_FOR) -> None:
        self._key = key
        self._trusted = tuple(trusted)
        self._header = header
        self.of_peer = functools.lru_cache(maxsize=REMEMBERED)(self._hash)
        self.is_trusted = functools.lru_cache(maxsize=REMEMBERED)(self._is_trusted)

    def name(self, request: web.BaseRequest) -> str:
        """32 hexadecimal digits, the same for every gateway with the same key."""
        peer = request.remote or UNKNOWN
        if self._trusted and self.is_trusted(peer):
            return self.of_peer(self._behind(peer, request.headers))
        return self.of_peer(peer)

    def account(self, key: str) -> str:
        """A keyed hash of what names an account, never equal to that of a client."""
        return self._digest(f"account:{key}")

    def _behind(self, peer: str, headers: CIMultiDictProxy[str] | CIMultiDict[str]) -> str:
        values = headers.getall(self._header, ())
        hops = list(_forwarded_for(values) if self._header == FORWARDED else _listed(values))
        client = peer
        for hop in reversed(hops[-MAX_HOPS:]):
            address = _parsed(hop)
            if address is None:
                break
            client = str(address)
            if not self.is_trusted(client):
                break
        return client

    def _is_trusted(self, text: str) -> bool:
        address = _parsed(text)
        return address is not None and any(address in network for network in self._trusted)

    def _hash(self, text: str) -> str:
        address = _parsed(text)
        if isinstance(address, ipaddress.IPv6Address):
            return self._digest(str(ipaddress.IPv6Network((int(address), IPV6_PREFIX), strict=False)))
        return self._digest(text if address is None else str(address))

    def _digest(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), "sha256")[:NAME_BYTES].hex()


def _listed(values: Iterable[str]) -> Iterable[str]:
    for value in values:
        yield from value.split(",")


def _forwarded_for(values: Iterable[str]) -> Iterable[str]:
    # RFC 7239. Addresses hold neither comma nor semicolon, also not in quotes.
    for element in _listed(values):
        pairs = (pair.partition("=") for pair in element.split(";"))
        named = [value.strip().strip('"') for name, _, value in pairs if name.strip().lower() == "for"]
        yield named[0] if len(named) == 1 else UNKNOWN


def _parsed(text: str) -> Address | None:
    text = text.strip()
    if with_port := _PORT.match(text):
        text = with_port["v6"] or with_port["v4"] or ""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
