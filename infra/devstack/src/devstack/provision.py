"""`python -m devstack.provision`: streams and consumers on PROVISION_NATS_URL, or on a running devstack."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from devstack.endpoints import Endpoints
from devstack.errors import StackError
from devstack.repository import DEFAULT_DATA

VARIABLE = "PROVISION_NATS_URL"


def main() -> None:
    """The command: becomes `chassis.provision`, told where."""
    parser = argparse.ArgumentParser(prog="python -m devstack.provision", description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=DEFAULT_DATA, help="of a running devstack")
    options = parser.parse_args()
    environment = dict(os.environ)
    try:
        if VARIABLE not in environment:
            environment[VARIABLE] = Endpoints.read(options.data_dir / "endpoints.json").nats
    except StackError as error:
        sys.exit(str(error))
    os.execve(sys.executable, [sys.executable, "-P", "-m", "chassis.provision"], environment)  # noqa: S606


if __name__ == "__main__":
    main()
