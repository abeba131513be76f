"""Settings from files: for secrets, which an environment shows to whoever may look at the process.

`ONASTY_SECRETS_DIR` names a folder, such as /run/secrets in a container or systemd's credentials. A file
there is named as the variable that it stands for, in capitals or not; what the environment says itself wins.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pydantic_settings
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource

VARIABLE = "ONASTY_SECRETS_DIR"
SourceError = pydantic_settings.SettingsError


class FileSettings(BaseSettings):
    """Reads the environment, then the files. Raises `SourceError` when these cannot be read."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - what the library hands over
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        folder = secrets_folder()
        files = [_Files(settings_cls, secrets_dir=folder)] if folder else []
        return (init_settings, env_settings, *files)


class _Files(SecretsSettingsSource):
    def __call__(self) -> dict[str, object]:
        try:
            return super().__call__()
        except SourceError as error:
            # The library wraps what reading a file raised, and says less.
            with _readable():
                raise (error.__cause__ or error) from None


def secrets_folder() -> Path | None:
    """The folder, when one is named. Raises `SourceError` when there is none of that name."""
    given = os.environ.get(VARIABLE)
    if not given:
        return None
    folder = Path(given)
    if not folder.is_dir():
        raise SourceError(f"{VARIABLE}: {folder} is no folder")
    return folder


def names() -> list[str]:
    """Of all files in the folder, as variables are written. Raises `SourceError`."""
    folder = secrets_folder()
    return [path.name.upper() for path in folder.iterdir() if path.is_file()] if folder else []


def value(name: str) -> str | None:
    """What the variable says, or its file. Raises `SourceError`."""
    if name in os.environ:
        return os.environ[name]
    folder = secrets_folder()
    with _readable():
        path = SecretsSettingsSource.find_case_path(folder, name, case_sensitive=False) if folder else None
        return path.read_text(encoding="utf-8").strip() if path else None


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError:
        raise SourceError(f"{VARIABLE}: a file there is no text") from None
    except OSError as error:
        raise SourceError(f"{VARIABLE}: {error.filename}: {error.strerror}") from None
