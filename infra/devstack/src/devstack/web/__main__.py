"""`python -m devstack.web build`, and `python -m devstack.web run SCRIPT…`, of web/package.json."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys

from devstack.endpoints import Endpoints
from devstack.environment import inherited
from devstack.errors import StackError
from devstack.repository import DEFAULT_DATA, WEB
from devstack.terminal import say
from devstack.web.build import WebClient

# Read by web/vite.config.ts: to whom the development server passes what is for the API.
GATEWAY = "ONASTY_GATEWAY"
INTERRUPTED = 130


def main() -> None:
    """The command. Exits as the first script that fails."""
    parser = argparse.ArgumentParser(prog="python -m devstack.web")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="build what the gateway serves, if its sources changed")
    scripts = commands.add_parser("run", help="run npm scripts, one after the other")
    scripts.add_argument("scripts", nargs="+")
    options = parser.parse_args()
    client = WebClient(say)
    try:
        if options.command == "build":
            asyncio.run(client.build())
            return
        node = asyncio.run(client.node())
    except StackError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    environment = _gateway() | inherited() | {"PATH": node.path}
    for script in options.scripts:
        if code := _run((*node.npm, "run", "--silent", script), environment):
            sys.exit(code)


def _gateway() -> dict[str, str]:
    try:
        gateway = Endpoints.read(DEFAULT_DATA / "endpoints.json").gateway
    except StackError:
        gateway = ""
    return {GATEWAY: gateway} if gateway else {}


def _run(command: tuple[str, ...], environment: dict[str, str]) -> int:
    try:
        return subprocess.run(command, cwd=WEB, env=environment, check=False).returncode  # noqa: S603
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    main()
