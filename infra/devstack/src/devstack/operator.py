"""`python -m devstack.operator COMMAND …`: an operator's command, or a service, on the running devstack.

What the environment says already (`PROVISION_…`, `<SERVICE>_DATABASE_URL`) stays: the same command then
works on any other installation.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from contracts.registry import SERVICES
from devstack.endpoints import Endpoints
from devstack.errors import StackError
from devstack.ports import LOOPBACK
from devstack.repository import DEFAULT_DATA, migrations
from devstack.services import FROM_ADDRESS

COMMANDS = {
    "provision": "chassis.provision",
    "dead-letters": "chassis.dead_letters",
    "outbox-replay": "chassis.outbox_replay",
    "streams": "chassis.stream_backup",
    **{name: name for name in SERVICES},
    "keys": "auth.keys",
    "doctor": "doctor",
}


def main() -> None:
    """The command: becomes its module, told where."""
    parser = argparse.ArgumentParser(prog="python -m devstack.operator", description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=DEFAULT_DATA, help="of a running devstack")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    environment = dict(os.environ)
    try:
        if not any(name == "PROVISION_NATS_URL" or name.endswith("_DATABASE_URL") for name in environment):
            environment = settings(Endpoints.read(options.data_dir / "endpoints.json")) | environment
    except StackError as error:
        sys.exit(str(error))
    arguments = [sys.executable, "-P", "-m", COMMANDS[options.command], *options.arguments]
    os.execve(sys.executable, arguments, environment)  # noqa: S606


def settings(endpoints: Endpoints) -> dict[str, str]:
    """What its services and its operator's commands are told of a running devstack."""
    smtp_host, _, smtp_port = endpoints.smtp.rpartition(":")
    public_url = endpoints.gateway or f"http://{LOOPBACK}"
    return {
        **{f"{name.upper()}_NATS_URL": url for name, url in endpoints.nats_users.items()},
        **{f"{name}_REDIS_URL": endpoints.redis for name in ("AUTH", "GATEWAY")},
        **{f"{name}_PUBLIC_URL": public_url for name in ("AUTH", "GATEWAY", "MAILER")},
        "MAILER_SMTP_HOST": smtp_host,
        "MAILER_SMTP_PORT": smtp_port,
        "MAILER_SMTP_SECURITY": "none",
        "MAILER_FROM_ADDRESS": FROM_ADDRESS,
        "DOCTOR_MIGRATIONS": str(migrations("{service}")),
        "DOCTOR_READY_URLS": ",".join(
            url.removesuffix("/metrics") for urls in endpoints.metrics.values() for url in urls
        ),
        "PROVISION_NATS_URL": endpoints.nats,
        "PROVISION_NATS_MONITOR_URL": endpoints.nats_monitor,
        **endpoints.secrets,
        **{f"{name.upper()}_DATABASE_URL": url for name, url in endpoints.postgres.items()},
    }


if __name__ == "__main__":
    main()
