"""One file of the web client, in memory, as every client may want it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ETag, web
from multidict import CIMultiDict

# Not the system's table: what a file is must not depend on where it is served.
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
# Best first: the content coding, and the suffix of the file that the build has made in it.
CODINGS = {"br": ".br", "gzip": ".gz"}
IDENTITY = "identity"
ANY = "*"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file and its compressed forms, by content coding.

    Its entity tags are made of what is sent, so that all gateways and builds give the same to the same.
    """

    content_type: str
    bodies: Mapping[str, bytes]
    tags: Mapping[str, str]

    @classmethod
    def read(cls, path: Path) -> StaticFile:
        """The file, with what lies beside it as `.br` and `.gz`. Raises `OSError`."""
        bodies = {IDENTITY: path.read_bytes()}
        for coding, suffix in CODINGS.items():
            compressed = path.with_name(path.name + suffix)
            if compressed.is_file():
                bodies[coding] = compressed.read_bytes()
        return cls(
            content_type=CONTENT_TYPES.get(path.suffix, "application/octet-stream"),
            bodies=bodies,
            tags={coding: hashlib.sha256(body).hexdigest()[:32] for coding, body in bodies.items()},
        )

    def response(
        self, request: web.Request, headers: Mapping[str, str], *, status: int = 200
    ) -> web.Response:
        """What this request gets: 304 where it has the file already, and `status` is 200."""
        coding = self._coding(request)
        told = CIMultiDict(headers)
        told["Vary"] = "Accept-Encoding"
        if status == web.HTTPOk.status_code:
            told["ETag"] = f'"{self.tags[coding]}"'
            if _has(self.tags[coding], request.if_none_match):
                return web.Response(status=web.HTTPNotModified.status_code, headers=told)
        told["Content-Type"] = self.content_type
        if coding != IDENTITY:
            told["Content-Encoding"] = coding
        return web.Response(status=status, body=self.bodies[coding], headers=told)

    def _coding(self, request: web.Request) -> str:
        accepted = _accepted(",".join(request.headers.getall("Accept-Encoding", [])))
        return next((coding for coding in CODINGS if coding in self.bodies and coding in accepted), IDENTITY)


def _has(tag: str, known: tuple[ETag, ...] | None) -> bool:
    return any(etag.value in {tag, ANY} for etag in known or ())


def _accepted(header: str) -> set[str]:
    """The codings that are named with a weight above 0 (RFC 9110, 12.5.3)."""
    accepted = set()
    for item in header.lower().split(","):
        coding, _, weight = item.partition(";")
        value = weight.strip().removeprefix("q=").strip("0.")
        if value or not weight.strip():
            accepted.add(coding.strip())
    return accepted
