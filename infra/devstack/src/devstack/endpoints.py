"""`endpoints.json`: where everything listens and with which address, for tests, tools and people."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from devstack.data_directory import DataDirectory
from devstack.errors import StackError
from devstack.files import write_atomically


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """What the file holds. With `--only-servers` there is no gateway: "" and no URLs."""

    gateway: str = ""
    gateways: list[str] = field(default_factory=list)
    nats: str
    nats_monitor: str
    nats_users: dict[str, str]
    postgres: dict[str, str]
    redis: str
    secrets: dict[str, str]
    smtp: str
    mailbox: str
    metrics: dict[str, list[str]] = field(default_factory=dict)
    pids: dict[str, list[int]]

    def write(self, path: Path) -> None:
        """Replace the file; it holds passwords and is for its owner alone."""
        values = {key: value for key, value in asdict(self).items() if value or not key.startswith("gateway")}
        write_atomically(path, json.dumps(values, indent=2) + "\n")

    @classmethod
    def read(cls, path: Path) -> Endpoints:
        """Raises `StackError` while no devstack is ready on that data directory."""
        # A launcher that was killed leaves the file behind, but not the lock.
        if not path.exists() or not DataDirectory(path.parent).in_use():
            raise StackError(f"No devstack is running on {path.parent}. Start one: ./task up")
        return cls(**json.loads(path.read_text()))
