"""Redis (or Valkey), for those who are given an address."""

from __future__ import annotations

from pydantic import SecretStr
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError

from doctor.finding import Finding, ok, wrong
from doctor.installation import Installation

ANSWER_WITHIN = 5.0


async def caches(installation: Installation) -> list[Finding]:
    """The gateway's, and auth's where it has one."""
    findings = []
    for name in ("gateway", "auth"):
        url = getattr(installation.settings.get(name), "redis_url", None)
        if isinstance(url, SecretStr) and url.get_secret_value():
            findings.append(await _cache(name, url.get_secret_value()))
    return findings


async def _cache(name: str, url: str) -> Finding:
    about, variable = f"redis {name}", f"{name.upper()}_REDIS_URL"
    try:
        client = Redis.from_url(url, socket_timeout=ANSWER_WITHIN, socket_connect_timeout=ANSWER_WITHIN)
    except ValueError:
        return wrong(about, f"{variable} is no address", "Write redis://:password@host:port/0")
    try:
        await client.ping()
    except AuthenticationError:
        return wrong(about, "its password is refused", f"Write the right one into {variable}")
    except (RedisError, OSError) as error:
        return wrong(
            about,
            f"no connection ({type(error).__name__})",
            f"Look whether it is running where {variable} says",
        )
    finally:
        await client.aclose()
    return ok(about, "reached")
