"""The services: what each replica is told, and when it is ready."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from devstack.data_directory import DataDirectory
from devstack.environment import for_service
from devstack.ports import LOOPBACK, given_port
from devstack.probe import http_ok
from devstack.process import Program
from devstack.repository import ROOT, WEB_ROOT
from devstack.supervised import Supervised
from devstack.terminal import Say

GATEWAY = "gateway"
AUTH = "auth"
MAILER = "mailer"
FROM_ADDRESS = "Onasty <onasty@localhost>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One process of a service, with its ports; `http_port` is for a gateway, the first takes `--port`."""

    service: str
    number: int
    ops_port: int
    http_port: int = 0

    @property
    def name(self) -> str:
        return f"{self.service}-{self.number}"

    @property
    def url(self) -> str:
        """Of a gateway."""
        return f"http://{_reachable('GATEWAY_HOST')}:{self.http_port}"

    @property
    def metrics(self) -> str:
        return f"http://{self.ops_host}:{self.ops_port}/metrics"

    @property
    def ops_host(self) -> str:
        return _reachable(f"{self.service.upper()}_OPS_HOST")


def ops_port_variable(service: str) -> str:
    """The setting of the port for operators."""
    return f"{service.upper()}_OPS_PORT"


def replicas(scale: Mapping[str, int], gateway_port: int, ports: Iterator[int]) -> list[Replica]:
    """Every process to run, for a number of each service; `ports` are free ones to take from.

    The first of a service takes the port that the environment gives for operators, if it does.
    """
    planned = []
    for name, count in scale.items():
        for number in range(1, count + 1):
            ops_port = next(ports)
            http_port = next(ports) if name == GATEWAY else 0
            if number == 1:
                ops_port = given_port(ops_port_variable(name)) or ops_port
                http_port = gateway_port if name == GATEWAY and gateway_port else http_port
            planned.append(Replica(service=name, number=number, ops_port=ops_port, http_port=http_port))
    return planned


def serve_our_client(replicas: Iterable[Replica]) -> bool:
    """Whether one of them serves the repository's web client: `GATEWAY_WEB_ROOT` names another."""
    return "GATEWAY_WEB_ROOT" not in os.environ and any(replica.service == GATEWAY for replica in replicas)


def settings(
    replica: Replica,
    *,
    nats: str,
    database: str | None,
    redis: str,
    smtp_port: int,
    public_url: str,
    secrets: Mapping[str, str],
    text_logs: bool,
) -> Mapping[str, str]:
    """Its environment. What this process inherited wins, but for the ports, which differ by replica."""
    given = for_service(replica.service)
    prefix = replica.service.upper()
    values = {
        "NATS_URL": nats,
        "OPS_HOST": LOOPBACK,
        "LOG_FORMAT": "text" if text_logs else "json",
        # Below the launcher's patience, so that a stop that hangs says where.
        "STOP_TIMEOUT": "7",
    }
    if database:
        values["DATABASE_URL"] = database
    if replica.service in {AUTH, GATEWAY}:
        values["REDIS_URL"] = redis
    if replica.service in {AUTH, GATEWAY, MAILER}:
        values["PUBLIC_URL"] = public_url
    if replica.service == MAILER:
        values |= {
            "SMTP_HOST": LOOPBACK,
            "SMTP_PORT": str(smtp_port),
            "SMTP_SECURITY": "none",
            "FROM_ADDRESS": FROM_ADDRESS,
            # It wants time for a PostgreSQL that hangs, which the launcher does not wait for.
            "ATTEMPT_TIMEOUT": "2",
            "STOP_TIMEOUT": "13",
        }
    ports = {"OPS_PORT": str(replica.ops_port)}
    if replica.service == GATEWAY:
        # Nobody comes through a proxy, which would keep connections.
        values |= {"HOST": LOOPBACK, "WEB_ROOT": str(WEB_ROOT), "DRAIN_TIMEOUT": "0"}
        ports["PORT"] = str(replica.http_port)
    return (
        {name: value for name, value in secrets.items() if name.startswith(f"{prefix}_")}
        | {f"{prefix}_{name}": value for name, value in values.items()}
        | given
        | {f"{prefix}_{name}": value for name, value in ports.items()}
    )


def service(replica: Replica, environment: Mapping[str, str], data: DataDirectory, say: Say) -> Supervised:
    """The replica as a child, ready when its /readyz is 200."""

    async def ready(_: int) -> bool:
        return await http_ok(replica.ops_host, replica.ops_port, "/readyz")

    program = Program(
        name=replica.name,
        # -P: modules are found where they are installed, never in the current folder.
        argv=(sys.executable, "-P", "-m", replica.service),
        log=data.log(replica.name),
        env=environment,
        folder=ROOT,
    )
    address = replica.url if replica.service == GATEWAY else ""
    return Supervised(program, ready, address=address, say=say)


def _reachable(variable: str) -> str:
    """Where a server that listens on this host setting can be reached from here."""
    host = os.environ.get(variable, LOOPBACK)
    return LOOPBACK if host in {"", "0.0.0.0", "::"} else host  # noqa: S104
