"""`python -m doctor [--json]`: what is wrong with a running installation, and what to do.

Reads the settings and secrets of all services and of provisioning. Exits with 1 when something is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from collections import Counter
from dataclasses import asdict

from doctor.examination import examine
from doctor.finding import Finding, State


def main() -> int:
    """The exit code: 0 when nothing is wrong, warnings or not."""
    parser = argparse.ArgumentParser(prog="doctor", description=__doc__)
    parser.add_argument("--json", action="store_true", help="for programs: an object with all findings")
    options = parser.parse_args()
    # What libraries say of an error may quote an address with its password.
    logging.disable()
    findings = asyncio.run(examine())
    sys.stdout.write(_json(findings) if options.json else _lines(findings))
    return 1 if any(finding.state is State.WRONG for finding in findings) else 0


def _lines(findings: list[Finding]) -> str:
    count = Counter(finding.state for finding in findings)
    total = ", ".join(f"{count[state]} {state}" for state in State)
    return "".join(f"{finding}\n" for finding in findings) + f"{total}\n"


def _json(findings: list[Finding]) -> str:
    worst = max((finding.state for finding in findings), key=list(State).index)
    return (
        json.dumps({"state": worst, "findings": [asdict(finding) for finding in findings]}, indent=2) + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
