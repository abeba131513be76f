"""Writes `infra/nats/users.conf`: who may do what on NATS, from the contracts.

Passwords are variables there; `infra/nats/passwords.conf`, which is made at the installation, says them.
"""

from __future__ import annotations

import json

from contracts.permissions import permissions
from contracts.registry import SERVICES
from devstack.nats_server import ADMIN, users
from devstack.repository import ROOT

FILE = ROOT / "infra" / "nats" / "users.conf"
HEAD = """\
# Made by `./task gen` from the contracts: what each service may do, and nothing beside it.
include "./passwords.conf"

"""


def variable(user: str) -> str:
    """The name under which passwords.conf says this user's password."""
    return f"{user}_password"


def text() -> str:
    """What the file should hold."""
    lines = []
    marks = {name: f"$${variable(name)}$$" for name in (ADMIN, *SERVICES)}
    for user in users(marks, {name: permissions(name) for name in SERVICES}):
        line = json.dumps(user)
        mark = marks[user["user"]]
        # A reference to a variable stands without quotes.
        lines.append(f"    {line.replace(json.dumps(mark), mark.strip('$').join(('$', '')))}")
    return HEAD + "authorization {\n  users: [\n" + ",\n".join(lines) + "\n  ]\n}\n"


if __name__ == "__main__":
    FILE.write_text(text())
