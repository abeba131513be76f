"""Settings that every service has, read once from the environment, or from files (`chassis.secret_files`).

A service's own settings subclass `ServiceSettings` and set the prefix: `NOTES_`, `GATEWAY_`, …
Secrets have no default and never print (`SecretStr`).
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeVar

import pydantic_settings
from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError
from pydantic_settings import SettingsConfigDict

from chassis import secret_files
from chassis.secret_files import FileSettings
from chassis.secret_strength import weakness

EXIT_SETTINGS = 78  # EX_CONFIG of sysexits.h
MISSING = "missing; set it, or put a file of its name into ONASTY_SECRETS_DIR"


class SettingsError(Exception):
    """Settings are missing or wrong; the text names each variable and the reason, and no value."""


class ServiceSettings(FileSettings):
    """What the runtime itself needs to know."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    nats_url: SecretStr = Field(description="nats://user:password@host:port, or tls://…; several with commas")
    nats_ca_file: str = Field(
        default="", description="certificates (PEM) to trust for tls://, beside the system's"
    )
    ops_host: str = Field(default="127.0.0.1", description="address of /livez, /readyz, /metrics")
    ops_port: int = Field(default=9090, ge=0, le=65535, description="its port; 0 picks a free one")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error"
    )
    log_format: Literal["json", "text"] = Field(default="json", description="json or text")
    otlp_endpoint: AnyHttpUrl | None = Field(
        default=None,
        description="where traces go by OTLP, such as http://collector:4318; none are made without",
    )
    start_timeout: float = Field(default=30, gt=0, description="seconds until a start is given up")
    stop_timeout: float = Field(default=25, gt=0, description="seconds until a stop is cut short")


class RpcSettings(ServiceSettings):
    """For a service that answers requests."""

    rpc_concurrency: int = Field(
        default=256, ge=1, description="requests in hand at once; one more is refused as overloaded"
    )


class DatabaseSettings(RpcSettings):
    """For a service with a schema of its own. Timeouts in seconds, each below the request deadline."""

    database_url: SecretStr = Field(description="postgresql://role:password@host:port/database")
    database_pool_size: int = Field(
        default=8, ge=1, description="connections at most, and one more that watches"
    )
    database_statement_timeout: float = Field(default=2, gt=0, description="until PostgreSQL ends it")
    database_lock_timeout: float = Field(default=1, gt=0, description="to wait for a lock")


class RedisSettings(ServiceSettings):
    """For a service that keeps short-lived state. Redis holds only what may be lost."""

    redis_url: SecretStr = Field(description="redis://:password@host:port/0")


S = TypeVar("S", bound=FileSettings)


def load(settings: type[S]) -> S:
    """Read the settings from the environment and from files.

    Raises `SettingsError`, with a line for each that is missing or wrong, and for each secret that is none.
    """
    prefix = settings.model_config.get("env_prefix", "")
    try:
        found = settings()
    except ValidationError as error:
        lines = [_line(prefix, problem) for problem in error.errors(include_url=False, include_input=False)]
        raise SettingsError("\n".join(lines)) from None
    except pydantic_settings.SettingsError as error:
        # A value that should be JSON and is not, or a file that cannot be read; the text names it.
        raise SettingsError(str(error)) from None
    if weak := [f"{prefix}{name.upper()}: {reason}" for name, reason in _weak(found)]:
        raise SettingsError("\n".join(weak))
    return found


def _line(prefix: str, problem: Any) -> str:
    name = ".".join(str(part) for part in problem["loc"]).upper()
    said = {
        "missing": MISSING,
        "too_short": "too short, {min_length} characters at least",
        "value_error": "{error}",
    }.get(problem["type"])
    reason = said.format(**problem.get("ctx", {})) if said else problem["msg"]
    # What is wrong with several together has no name, and says itself which.
    return f"{prefix}{name}: {reason}" if name else reason


def _weak(settings: FileSettings) -> Iterator[tuple[str, str]]:
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, SecretStr) and (secret := value.get_secret_value()):
            if reason := weakness(secret):
                yield name, reason
        elif isinstance(value, SecretStr) and field.is_required():
            yield name, MISSING


def unknown(settings: type[ServiceSettings], environment: Mapping[str, str] = os.environ) -> list[str]:
    """A sentence for each variable or file with the service's prefix that no setting reads.

    A warning and not an error: an orchestrator may set variables of its own under such a name.
    """
    prefix = settings.model_config.get("env_prefix", "")
    known = [f"{prefix}{name}".upper() for name in settings.model_fields]
    sentences = []
    for name in sorted({*environment, *secret_files.names()}):
        if name.startswith(prefix) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            sentences.append(f"{name} is set but is no setting of this service{hint}")
    return sentences
