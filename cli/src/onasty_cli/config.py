"""Which server, and how it is trusted: options, then the environment, then the file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from onasty_cli.command_error import CommandError
from onasty_cli.exit_codes import ExitCode
from onasty_cli.links import server_of

_KEYS: dict[str, type] = {"server": str, "ca": str, "insecure_http": bool}


@dataclass(frozen=True, slots=True)
class Config:
    """What was asked for. `ca` is a file of certificates that are trusted instead of the usual ones."""

    address: str | None = None
    ca: Path | None = None
    insecure_http: bool = False

    @classmethod
    def read(
        cls,
        environment: Mapping[str, str],
        *,
        server: str | None = None,
        ca: Path | None = None,
        insecure_http: bool = False,
    ) -> Config:
        """Arguments win over `ONASTY_SERVER` and `ONASTY_CA`, and those over the file.

        Raises `CommandError` with `USAGE` when the file is wrong.
        """
        path = config_file(environment)
        kept = _kept(path)
        if ca is None and (trusted := environment.get("ONASTY_CA")):
            ca = Path(trusted)
        elif ca is None and "ca" in kept:
            ca = path.parent / Path(kept["ca"]).expanduser()
        return cls(
            address=server or environment.get("ONASTY_SERVER") or kept.get("server"),
            ca=ca,
            insecure_http=insecure_http or bool(kept.get("insecure_http")),
        )

    @property
    def server(self) -> str | None:
        """In one spelling. Raises `CommandError` with `USAGE` when it is no server's address."""
        return server_of(self.address) if self.address else None

    def default_server(self) -> str:
        """Raises `CommandError` with `USAGE` when none was given, or that is no server's address."""
        server = self.server
        if server is None:
            raise CommandError(
                ExitCode.USAGE,
                'Which server? Give --server, set ONASTY_SERVER, or write server = "https://…" into '
                "onasty/config.toml in your configuration folder.",
            )
        return server

    def check(self, server: str) -> None:
        """Raises `CommandError` with `USAGE` for http:// to another machine, unless that was asked for."""
        if server.startswith("http:") and not self.insecure_http and not is_loopback(server):
            raise CommandError(
                ExitCode.USAGE,
                "http:// lets all on the way burn notes. Use https://, or --insecure-http if it must be.",
            )


def config_file(environment: Mapping[str, str]) -> Path:
    """Where the file is, if there is one."""
    return _folder(environment, "XDG_CONFIG_HOME", ".config") / "config.toml"


def state_folder(environment: Mapping[str, str]) -> Path:
    """Where claims and manage tokens are kept."""
    return _folder(environment, "XDG_STATE_HOME", ".local/state")


def _folder(environment: Mapping[str, str], name: str, otherwise: str) -> Path:
    # XDG: a relative path there is to be ignored.
    given = Path(environment.get(name, ""))
    return (given if given.is_absolute() else Path.home() / otherwise) / "onasty"


def _kept(path: Path) -> dict[str, str]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CommandError(ExitCode.USAGE, f"{path} cannot be read: {error}") from None
    for name, value in values.items():
        if name not in _KEYS or not isinstance(value, _KEYS[name]):
            raise CommandError(ExitCode.USAGE, f"{path}: {name} is not a setting, or of another kind.")
    return values


def is_loopback(server: str) -> bool:
    """Whether that address is this computer itself, whatever a resolver says."""
    host = urlsplit(server).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
