"""Passwords of one data directory: random, kept in a file that only its owner reads."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from devstack.errors import StackError
from devstack.files import write_atomically


def load_passwords(path: Path, names: Iterable[str]) -> Mapping[str, str]:
    """A password for each name: those that the file holds, new ones for the rest. Raises `StackError`."""
    try:
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    except ValueError:
        raise StackError(f"{path} is damaged. Restore it, or start empty: --fresh") from None
    passwords = {name: known.get(name) or secrets.token_urlsafe(24) for name in names}
    if passwords != known:
        write_atomically(path, json.dumps(passwords, indent=2))
    return passwords
