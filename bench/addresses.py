"""`python -m bench.addresses`: whether an answer takes longer for an address that has an account.

Each round asks every question once about an account and once about nobody, in random order; what is shown are
the medians side by side, and the middle half. The wrong password at sign-in is another one each time.
"""

from __future__ import annotations

import json
import random
import secrets
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from pathlib import Path

from bench.errors import BenchError
from bench.stack import RunningStack, running
from devstack.errors import StackError
from devstack.seed import Api, signed_in

ACCOUNTS = 8
# Of one address five sign-ups are kept, and the sixth is less work.
ROUNDS = 5 * ACCOUNTS
HEADERS = {"Content-Type": "application/json"}

Body = Callable[[str], dict[str, str]]
QUESTIONS: dict[str, tuple[str, Body]] = {
    "sign in": ("signin", lambda email: {"email": email, "password": secrets.token_urlsafe()}),
    "sign up": ("signup", lambda email: {"email": email, "password": secrets.token_urlsafe()}),
    "ask for a reset": ("reset-password", lambda email: {"email": email}),
    "ask for the letter again": ("resend-verification-email", lambda email: {"email": email}),
}


def main() -> None:
    """Print a line for each question."""
    try:
        with running(1, say=_say) as stack:
            accounts = _accounts(stack)
            _say(f"{ACCOUNTS} accounts are there; {ROUNDS} rounds")
            taken = _measure(stack, accounts)
    except (BenchError, StackError) as error:
        sys.exit(f"bench: {error}")
    for question in QUESTIONS:
        shown = [f"{who} {_spread(taken[question, who])}" for who in ("known", "unknown")]
        sys.stdout.write(f"{question:26}{'   '.join(shown)}\n")


def _accounts(stack: RunningStack) -> list[str]:
    emails = [f"known-{number}@example.org" for number in range(ACCOUNTS)]
    api, mailbox = Api(stack.endpoints.gateway), Path(stack.endpoints.mailbox)
    for email in emails:
        signed_in(api, mailbox, email)
    return emails


def _measure(stack: RunningStack, accounts: Sequence[str]) -> dict[tuple[str, str], list[float]]:
    taken: dict[tuple[str, str], list[float]] = {
        (question, who): [] for question in QUESTIONS for who in ("known", "unknown")
    }
    connection = HTTPConnection(stack.host, stack.port)
    order = random.Random(1)  # noqa: S311
    for number in range(ROUNDS):
        for question, who in order.sample(sorted(taken), len(taken)):
            path, body = QUESTIONS[question]
            nobody = f"{secrets.token_hex(6)}@example.org"
            sent = json.dumps(body(accounts[number % ACCOUNTS] if who == "known" else nobody))
            began = time.perf_counter()
            connection.request("POST", f"/api/v1/auth/{path}", sent, HEADERS)
            connection.getresponse().read()
            taken[question, who].append(1000 * (time.perf_counter() - began))
    return taken


def _spread(milliseconds: Sequence[float]) -> str:
    low, median, high = statistics.quantiles(milliseconds, n=4)
    return f"{median:6.1f} ms ({low:.1f}..{high:.1f})"


def _say(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    main()
