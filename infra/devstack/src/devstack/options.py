"""The command line."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devstack.ports import LAST_PORT, is_port
from devstack.repository import DEFAULT_DATA

DESCRIPTION = """\
Runs the whole of Onasty on this machine, until Ctrl-C: NATS, PostgreSQL and Valkey from wheels, a mailbox
that catches all mail, migrations, streams, the services, and the web client at one address.

What dies is started again. Settings of the services are taken from the environment (.env.example).
DIR/endpoints.json says where everything listens, while it runs; DIR/logs holds the logs, DIR/mailbox the
mails.
"""


@dataclass(frozen=True, slots=True)
class Options:
    """`port` 0 picks a free one; services missing from `scale` run once."""

    data: Path = DEFAULT_DATA
    port: int = 8080
    scale: Mapping[str, int] = field(default_factory=dict)
    only_servers: bool = False
    fresh: bool = False
    dev: bool = False


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; a mistake ends the process with an explanation."""
    parser = argparse.ArgumentParser(
        prog="devstack", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=DEFAULT_DATA,
        metavar="DIR",
        help="where all data lies; it survives restarts (default: .onasty in the repository)",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=os.environ.get("GATEWAY_PORT", "8080"),
        metavar="N",
        help="of the first gateway; 0 picks a free one (default: GATEWAY_PORT, or 8080)",
    )
    parser.add_argument(
        "--scale",
        type=_replicas,
        nargs="+",
        action="extend",
        default=[],
        metavar="SERVICE=N",
        help="run a service N times, for instance --scale notes=2 gateway=2",
    )
    parser.add_argument("--only-servers", action="store_true", help="everything but the services")
    parser.add_argument("--fresh", action="store_true", help="start empty: removes the data of earlier runs")
    parser.add_argument(
        "--dev",
        action="store_true",
        help="show the services' logs, and start a service again when its source changes",
    )
    values = parser.parse_args(arguments)
    return Options(
        data=values.data_dir,
        port=values.port,
        scale=dict(values.scale),
        only_servers=values.only_servers,
        fresh=values.fresh,
        dev=values.dev,
    )


def _port(text: str) -> int:
    if not is_port(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 0 to {LAST_PORT}")
    return int(text)


def _replicas(text: str) -> tuple[str, int]:
    service, _, number = text.partition("=")
    if not service or not number.isdecimal() or int(number) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not SERVICE=N with N of at least 1")
    return service, int(number)
