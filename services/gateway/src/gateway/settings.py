"""Settings of the gateway: `GATEWAY_…`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import AnyHttpUrl, Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import RedisSettings
from gateway.client_address import networks
from gateway.cors import allowed_origins
from gateway.limits.quota import QUOTA_PATTERN

MIB = 1024 * 1024


class GatewaySettings(RedisSettings):
    """Beyond what every service has. Times in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_")

    host: str = Field(default="127.0.0.1", description="address of the API and the web client")
    port: int = Field(default=8080, ge=0, le=65535, description="its port; 0 picks a free one")
    public_url: AnyHttpUrl = Field(
        description="where people reach the web client; cookie sessions are for pages of its origin alone"
    )
    web_root: Path | None = Field(
        default=None, description="folder of the web client; none serves the API only"
    )
    # JSON may write one character as six (\\u0000), and 512 KiB of text so become 3 MiB.
    max_body_bytes: int = Field(default=int(3.25 * MIB), ge=1, description="of a request")
    body_timeout: float = Field(default=10, gt=0, description="for a whole body to arrive")
    concurrency: int = Field(
        default=512, ge=1, description="requests in hand at once; one more is refused as overloaded"
    )
    concurrency_per_client: int = Field(
        default=64, ge=1, description="of them those of one client, so that slow ones leave room for others"
    )
    # Those of all gateways go to one connection of each service: NATS closes it when 64 MiB wait for it.
    large_bodies: int = Field(
        default=8, ge=1, description="bodies of more than 64 KiB in hand at once; others wait BODY_TIMEOUT"
    )
    large_bodies_per_client: int = Field(default=1, ge=1, description="of them those of one client")
    streams: int = Field(
        default=3000, ge=1, description="streams of live updates open at once; fewer than MAX_CONNECTIONS"
    )
    streams_per_client: int = Field(default=64, ge=1, description="of them those of one client")
    # Clients take 45 s without a word for a lost connection.
    heartbeat: float = Field(default=15, gt=0, le=20, description="the longest silence of a stream")
    request_timeout: float = Field(default=4, gt=0, description="for the services' answer: the deadline")
    # Caddy keeps an idle one for 5 s, and is told in each answer to end it.
    drain_timeout: float = Field(
        default=6,
        ge=0,
        description="at a stop, for open connections to end; longer than a proxy keeps an idle one",
    )
    shutdown_timeout: float = Field(default=5, gt=0, description="for requests in hand at a stop")
    client_key: SecretStr = Field(
        min_length=32, description="under which client addresses are hashed; the same for every gateway"
    )
    trusted_proxies: str = Field(
        default="",
        description="networks, with commas, of proxies whose word on who the client is counts",
    )
    forwarded_header: Literal["X-Forwarded-For", "Forwarded"] = Field(
        default="X-Forwarded-For",
        description="the header that these proxies write: X-Forwarded-For or Forwarded",
    )
    rate_limits: Literal["on", "off"] = Field(default="on", description="on or off")
    limit_general: str = Field(
        default="120/2",
        pattern=QUOTA_PATTERN,
        description="requests of one client: 120/2 is 120 at once and 60 a second",
    )
    limit_slow: str = Field(
        default="30/60",
        pattern=QUOTA_PATTERN,
        description="sign-ins, sign-ups, letters, changes of accounts and note passwords of one client",
    )
    limit_account_client: str = Field(
        default="10/600",
        pattern=QUOTA_PATTERN,
        description="sign-ins of one client with one address; as many letters asked for; changes of a user",
    )
    limit_account: str = Field(
        default="300/600",
        pattern=QUOTA_PATTERN,
        description="the same, whoever asks",
    )
    max_connections: int = Field(default=4096, ge=1, description="open at once; more are closed unheard")
    max_connections_per_client: int = Field(
        default=256, ge=1, description="of one address, unless it is a trusted proxy"
    )
    idle_timeout: float = Field(
        default=7, gt=0, description="for a whole head to arrive, and between two requests"
    )
    hsts_max_age: int = Field(
        default=0, ge=0, description="seconds of Strict-Transport-Security; above 0 only behind TLS"
    )
    cors_origins: str = Field(
        default="",
        description="origins of other sites' pages that may use the API, with commas; * for all",
    )
    trace_ratio: float = Field(
        default=1, ge=0, le=1, description="of requests whose traces are recorded, where OTLP_ENDPOINT is set"
    )
    token_issuer: str = Field(default="onasty", description="`iss` of access tokens")
    token_audience: str = Field(default="onasty", description="`aud` of access tokens")

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, text: str) -> str:
        networks(text)
        return text

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, text: str) -> str:
        allowed_origins(text)
        return text

    @model_validator(mode="after")
    def _answers_fit_into_the_stop(self) -> Self:
        if self.shutdown_timeout <= self.request_timeout:
            raise ValueError("GATEWAY_SHUTDOWN_TIMEOUT must be longer than GATEWAY_REQUEST_TIMEOUT")
        if self.drain_timeout + self.shutdown_timeout >= self.stop_timeout:
            raise ValueError(
                "GATEWAY_DRAIN_TIMEOUT and GATEWAY_SHUTDOWN_TIMEOUT must fit into GATEWAY_STOP_TIMEOUT"
            )
        return self

    @model_validator(mode="after")
    def _streams_leave_connections(self) -> Self:
        if self.streams >= self.max_connections:
            raise ValueError("GATEWAY_STREAMS must be less than GATEWAY_MAX_CONNECTIONS")
        return self
