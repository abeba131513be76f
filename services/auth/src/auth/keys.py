"""What an operator does by hand: `python -m auth.keys rotate`, while the service runs.

With `AUTH_DATABASE_URL` and the `AUTH_SECRET` of the service.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from pydantic import AnyHttpUrl, SecretStr

from auth.crypto.root_secret import RootSecret
from auth.crypto.signing_key import KeySealing
from auth.settings import AuthSettings
from auth.storage.signing_key_repository import Rotation, SigningKeyRepository
from chassis import logs, postgres
from chassis.runtime import Runtime
from chassis.settings import SettingsError, load
from contracts.errors import ServiceError


class KeysSettings(AuthSettings):
    """The service's, less what is for others to reach."""

    nats_url: SecretStr = SecretStr("")
    public_url: AnyHttpUrl = AnyHttpUrl("http://localhost")


def main(arguments: list[str]) -> None:
    """Run the command, and say what was done. Exits with 1 when nothing was."""
    parser = argparse.ArgumentParser(prog="auth.keys", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("rotate", help="sign access tokens with a new key, once all who verify know it")
    parser.parse_args(arguments)
    try:
        rotation = asyncio.run(_rotate(load(KeysSettings)))
    except SettingsError as error:
        sys.exit(str(error))
    except TimeoutError:
        sys.exit("auth.keys: PostgreSQL is not reachable at AUTH_DATABASE_URL.")
    except ServiceError as error:
        sys.exit(f"auth.keys: {error.detail}")
    told = f"Key {rotation.kid} signs from {rotation.signs_from:%Y-%m-%dT%H:%M:%SZ}"
    if not rotation.begun:
        sys.exit(f"{told}: that rotation is under way, and no other was begun.")
    sys.stdout.write(f"{told}. The one before it retires then; nobody is signed out.\n")


async def _rotate(settings: KeysSettings) -> Rotation:
    runtime = Runtime("auth", settings, logs.configure("auth", level="error"))
    async with asyncio.timeout(settings.start_timeout), postgres.connected(runtime) as database:
        secret = RootSecret(settings.secret.get_secret_value())
        return await rotate(SigningKeyRepository(database), KeySealing(secret))


async def rotate(keys: SigningKeyRepository, sealing: KeySealing) -> Rotation:
    """Publish a new key, or tell of the one that waits to sign.

    Raises `SettingsError`, and changes nothing, for a secret under which the service could not open it.
    """
    sealing.opened(await keys.newest(sealing.new_key()))
    return await keys.rotate(sealing.new_key())


if __name__ == "__main__":
    main(sys.argv[1:])
