"""`python -m bench.addresses`: whether an answer takes longer for an address that has an account.

Each round asks every question once about an account and once about nobody, in random order; what is shown are
the medians side by side, and the middle half. The wrong password at sign-in is another one each time. Each
round has an account of its own, since a second letter within a minute is held back, and a sign-up of its own
that waits for its letter to be asked for again.
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

ROUNDS = 40
# Before a letter may be asked for again, in seconds.
REST = 61.0
HEADERS = {"Content-Type": "application/json"}

Body = Callable[[str], dict[str, str]]
AGAIN = "ask for the letter again"
QUESTIONS: dict[str, tuple[str, int, Body]] = {
    "sign in": ("signin", 400, lambda email: {"email": email, "password": secrets.token_urlsafe()}),
    "sign up": ("signup", 201, lambda email: {"email": email, "password": secrets.token_urlsafe()}),
    "ask for a reset": ("reset-password", 200, lambda email: {"email": email}),
    AGAIN: ("resend-verification-email", 200, lambda email: {"email": email}),
}


def main() -> None:
    """Print a line for each question."""
    try:
        with running(1, say=_say) as stack:
            waiting = _waiting(stack)
            began = time.monotonic()
            accounts = _accounts(stack)
            _say(f"{ROUNDS} accounts are there, and as many sign-ups; as many rounds in a minute")
            time.sleep(max(0, began + REST - time.monotonic()))
            taken = _measure(stack, accounts, waiting)
    except (BenchError, StackError) as error:
        sys.exit(f"bench: {error}")
    for question in QUESTIONS:
        shown = [f"{who} {_spread(taken[question, who])}" for who in ("known", "unknown")]
        sys.stdout.write(f"{question:26}{'   '.join(shown)}\n")


def _accounts(stack: RunningStack) -> list[str]:
    emails = [f"known-{number}@example.org" for number in range(ROUNDS)]
    api, mailbox = Api(stack.endpoints.gateway), Path(stack.endpoints.mailbox)
    for email in emails:
        signed_in(api, mailbox, email)
    return emails


def _waiting(stack: RunningStack) -> list[str]:
    emails = [f"waiting-{number}@example.org" for number in range(ROUNDS)]
    api = Api(stack.endpoints.gateway)
    for email in emails:
        api.post("/auth/signup", {"email": email, "password": secrets.token_urlsafe()})
    return emails


def _measure(
    stack: RunningStack, accounts: Sequence[str], waiting: Sequence[str]
) -> dict[tuple[str, str], list[float]]:
    taken: dict[tuple[str, str], list[float]] = {
        (question, who): [] for question in QUESTIONS for who in ("known", "unknown")
    }
    connection = HTTPConnection(stack.host, stack.port)
    order = random.Random(1)  # noqa: S311
    for account, waits in zip(accounts, waiting, strict=True):
        for question, who in order.sample(sorted(taken), len(taken)):
            path, status, body = QUESTIONS[question]
            nobody = f"{secrets.token_hex(6)}@example.org"
            known = waits if question == AGAIN else account
            sent = json.dumps(body(known if who == "known" else nobody))
            began = time.perf_counter()
            connection.request("POST", f"/api/v1/auth/{path}", sent, HEADERS)
            response = connection.getresponse()
            response.read()
            taken[question, who].append(1000 * (time.perf_counter() - began))
            if response.status != status:
                raise BenchError(
                    f"{question!r} of who is {who} was answered {response.status}, not {status}."
                )
    return taken


def _spread(milliseconds: Sequence[float]) -> str:
    low, median, high = statistics.quantiles(milliseconds, n=4)
    return f"{median:6.1f} ms ({low:.1f}..{high:.1f})"


def _say(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    main()
