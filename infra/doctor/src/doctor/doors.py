"""Readiness of the services, and the address that people come by."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp

from doctor.finding import Finding, ok, warning, wrong
from doctor.installation import Installation

ANSWER_WITHIN = 5.0


async def readiness(installation: Installation) -> list[Finding]:
    """Of each replica: a name may stand for several."""
    urls = [url.strip() for url in installation.doctor.ready_urls.split(",") if url.strip()]
    if not urls:
        return [warning("ready", "no replica was asked", "Name the operators' ports in DOCTOR_READY_URLS")]
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN)) as session:
        findings = await asyncio.gather(*(_replicas(session, url) for url in urls))
    return [finding for found in findings for finding in found]


async def _replicas(session: aiohttp.ClientSession, url: str) -> list[Finding]:
    parts = urlsplit(url)
    place = parts.netloc
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            parts.hostname, parts.port or 80, type=socket.SOCK_STREAM
        )
    except (OSError, ValueError):
        return [
            wrong("ready", f"{place} has no address", "Is the service running? Look at DOCTOR_READY_URLS")
        ]
    addresses = sorted({str(address[4][0]) for address in found})
    return [await _ready(session, place, address, parts.port or 80) for address in addresses]


async def _ready(session: aiohttp.ClientSession, place: str, address: str, port: int) -> Finding:
    host = f"[{address}]" if ipaddress.ip_address(address).version == 6 else address  # noqa: PLR2004
    about = place if address in place else f"{place} ({address})"
    try:
        async with session.get(f"http://{host}:{port}/readyz") as response:
            words = await response.json()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return wrong(
            "ready",
            f"{about} does not answer ({type(error).__name__})",
            "Start the service; its log says why it ended",
        )
    bad = ", ".join(f"{name}: {word}" for name, word in words.items() if word != "ok")
    if response.status != HTTPStatus.OK:
        return wrong("ready", f"{about} is not ready: {bad}", "docs/runbooks.md has a section for each part")
    if bad:
        return warning("ready", f"{about} is ready, but {bad}", "docs/runbooks.md#valkey-away")
    return ok("ready", f"{about} is ready")


async def public_address(installation: Installation) -> list[Finding]:
    """One address in all settings, with TLS, where a gateway answers."""
    gateway = installation.gateway
    if gateway is None:
        return []
    url = str(gateway.public_url).rstrip("/")
    differing = [
        name
        for name in ("auth", "mailer")
        if (theirs := getattr(installation.settings.get(name), "public_url", None))
        and str(theirs).rstrip("/") != url
    ]
    findings = [
        wrong("public url", f"{name.upper()}_PUBLIC_URL is not GATEWAY_PUBLIC_URL", "Make them the same")
        for name in differing
    ]
    if gateway.public_url.scheme != "https" and gateway.public_url.host not in {"127.0.0.1", "localhost"}:
        findings.append(
            wrong(
                "public url",
                "people come without TLS",
                "Put a proxy with TLS before it, and say https in the settings",
            )
        )
    return [*findings, await _answers(url)]


async def _answers(url: str) -> Finding:
    about = "public url"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN)) as session:
        try:
            async with session.get(f"{url}/api/ping", allow_redirects=False) as response:
                text = await response.text()
        except (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError):
            return wrong(
                about, "its certificate is not trusted", "The log of the proxy says why it got no other"
            )
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            # From inside of a network the way in from outside may be closed.
            return warning(
                about, f"not reached from here ({type(error).__name__})", f"Open {url} from elsewhere"
            )
    if response.status != HTTPStatus.OK or "pong" not in text:
        return wrong(
            about, f"no gateway answers there ({response.status})", "Look at the proxy before the gateways"
        )
    return ok(about, "a gateway answers")
