"""Writes `docs/settings.md`: every setting, from the settings themselves.

`python -m devstack.settings_page`; the tests fail when the committed file differs.
"""

from __future__ import annotations

import types
from datetime import timedelta
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import AnyHttpUrl, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from devstack.env_example import SETTINGS, written, written_default
from devstack.repository import ROOT

FILE = ROOT / "docs" / "settings.md"
HEAD = """\
# Settings

Written by `./task gen` from the declarations in the code. A setting comes from the environment, or from a
file of its name in the folder of `ONASTY_SECRETS_DIR`: [operations](operations.md#settings). What an
installation in containers reads besides is [there](deploy.md#settings).

Times are in seconds and sizes in bytes where nothing else is said. A secret never shows in a log or an error.
**required** has no default: without it the process ends with exit code 78 and names it.
"""
PARTS = {
    "gateway": "[Limits](operations.md#limits), and [what a proxy needs](operations.md#behind-a-proxy).",
    "notes": "[Sealing keys](operations.md#rotate-the-sealing-keys-of-notes).",
    "auth": "[Accounts](operations.md#accounts), and "
    "[signing in with Google or GitHub](operations.md#signing-in-with-google-or-github).",
    "mailer": "[Mail](operations.md#mail).",
    "provision": "The step that makes [streams and consumers](operations.md#migrations-and-streams), and the "
    "commands for dead letters.",
    "doctor": "[`./task doctor`](operations.md#doctor) reads all of the above, and these.",
}
NAMES: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true, false",
    timedelta: "duration",
    SecretStr: "secret",
    AnyHttpUrl: "URL",
}


def text() -> str:
    """What the file should hold."""
    return "\n".join([HEAD, *(_section(settings) for settings in SETTINGS)])


def _section(settings: type[BaseSettings]) -> str:
    prefix = settings.model_config.get("env_prefix", "")
    name = prefix.strip("_").lower()
    rows = [_row(prefix + field_name.upper(), field) for field_name, field in settings.model_fields.items()]
    head = "| setting | type | default | what |\n| --- | --- | --- | --- |\n"
    return f"## {name.capitalize()}\n\n{PARTS[name]}\n\n{head}" + "\n".join(rows) + "\n"


def _row(name: str, field: FieldInfo) -> str:
    default = written_default(field)
    shown = "**required**" if field.is_required() else f"`{default}`" if default else ""
    cells = (f"`{name}`", _type(field.annotation) + _bounds(field), shown, field.description or "")
    return f"| {' | '.join(cells)} |"


def _type(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    if get_origin(annotation) in {Union, types.UnionType}:
        return _type(next(kind for kind in get_args(annotation) if kind is not type(None)))
    return NAMES.get(annotation, "path")


def _bounds(field: FieldInfo) -> str:
    words = {
        "ge": "at least {}",
        "gt": "above {}",
        "le": "at most {}",
        "min_length": "at least {} characters",
    }
    said = []
    for bound in field.metadata:
        for name, word in words.items():
            value = getattr(bound, name, None)
            if value is not None:
                said.append(word.format(written(value)))
    return f", {', '.join(said)}" if said else ""


if __name__ == "__main__":
    FILE.write_text(text())
