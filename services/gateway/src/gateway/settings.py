"""Settings of the gateway: `GATEWAY_…`."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import RedisSettings

MIB = 1024 * 1024


class GatewaySettings(RedisSettings):
    """Beyond what every service has. Times in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_")

    host: str = Field(default="127.0.0.1", description="address of the API and the web client")
    port: int = Field(default=8080, ge=0, le=65535, description="its port; 0 picks a free one")
    web_root: Path | None = Field(
        default=None, description="folder of the web client; none serves the API only"
    )
    # JSON may write one character as six (\\u0000), and 512 KiB of text so become 3 MiB.
    max_body_bytes: int = Field(default=int(3.25 * MIB), ge=1, description="of a request")
    body_timeout: float = Field(default=10, gt=0, description="for a whole body to arrive")
    concurrency: int = Field(
        default=512, ge=1, description="requests in hand at once; one more is refused as overloaded"
    )
    # Those of all gateways go to one connection of each service: NATS closes it when 64 MiB wait for it.
    large_bodies: int = Field(
        default=8, ge=1, description="bodies of more than 64 KiB in hand at once; others wait BODY_TIMEOUT"
    )
    request_timeout: float = Field(default=4, gt=0, description="for the services' answer: the deadline")
    shutdown_timeout: float = Field(default=5, gt=0, description="for requests in hand at a stop")
    client_key: SecretStr = Field(
        min_length=32, description="under which client addresses are hashed; the same for every gateway"
    )
    token_issuer: str = Field(default="onasty", description="`iss` of access tokens")
    token_audience: str = Field(default="onasty", description="`aud` of access tokens")

    @model_validator(mode="after")
    def _answers_fit_into_the_stop(self) -> Self:
        if self.shutdown_timeout <= self.request_timeout:
            raise ValueError("GATEWAY_SHUTDOWN_TIMEOUT must be longer than GATEWAY_REQUEST_TIMEOUT")
        return self
