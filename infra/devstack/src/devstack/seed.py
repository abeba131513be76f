"""`./task seed`: believable people and notes on the running devstack, made as anybody makes them, by HTTP."""

from __future__ import annotations

import argparse
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http import HTTPStatus
from pathlib import Path
from typing import Any

from devstack.endpoints import Endpoints
from devstack.errors import StackError
from devstack.mail_catcher import first_link
from devstack.repository import DEFAULT_DATA
from devstack.terminal import Say, say

PASSWORD = "a fine day in november"  # noqa: S105 - of people who do not exist
VERIFIED = ("ada@example.org", "grace@example.org")
WAITING = "linus@example.org"
LETTER_WITHIN = 30.0
ANSWER_WITHIN = 10.0
NOTE_PASSWORD = "tea at five"  # noqa: S105


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m devstack.seed", description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=DEFAULT_DATA, help="of a running devstack")
    options = parser.parse_args()
    try:
        seed(Endpoints.read(options.data_dir / "endpoints.json"), say)
    except StackError as error:
        sys.exit(str(error))


def seed(endpoints: Endpoints, say: Say) -> None:
    """Say what to sign in with. Again: the same people, and more notes. Raises `StackError`."""
    if not endpoints.gateway:
        raise StackError("This devstack runs servers alone. Start it whole: ./task up")
    api = Api(endpoints.gateway)
    mailbox = Path(endpoints.mailbox)
    say(f"{'password':<20} {PASSWORD}")
    for email in VERIFIED:
        token = signed_in(api, mailbox, email)
        count = _write_notes(api, token)
        say(f"{email:<20} verified, {count} notes: unread, with a password, with views left, kept, read, …")
    api.post("/auth/signup", {"email": WAITING, "password": PASSWORD})
    say(f"{WAITING:<20} waits to be verified; the letter is in {mailbox}")
    slug = api.post("/note", {"content": "The door code is 4711. Nobody knows who wrote this."})["slug"]
    say(f"a note of nobody     {endpoints.gateway}/api/v1/note/{slug}/meta")
    say(f"{'its web page':<20} {endpoints.gateway}; notes with a password: {NOTE_PASSWORD}")


class Api:
    """One gateway, as a script meets it."""

    def __init__(self, gateway: str) -> None:
        self._base = f"{gateway}/api/v1"

    def post(self, path: str, body: object, *, token: str | None = None) -> dict[str, Any]:
        """The reply. Raises `StackError` with what the problem says."""
        status, reply = self.ask(path, body, token=token)
        if status >= HTTPStatus.BAD_REQUEST:
            raise StackError(f"{path} was refused: {reply.get('detail', status)}")
        return reply

    def ask(self, path: str, body: object, *, token: str | None = None) -> tuple[int, dict[str, Any]]:
        """The status, and the reply or the problem. Raises `StackError` when nobody answers."""
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(self._base + path, json.dumps(body).encode(), headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_WITHIN) as response:  # noqa: S310
                return response.status, json.loads(response.read() or b"{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")
        except OSError as error:
            raise StackError(f"{self._base} does not answer: {error}") from None


def signed_in(api: Api, mailbox: Path, email: str) -> str:
    """An access token, of an account that is made and verified if there is none."""
    credentials = {"email": email, "password": PASSWORD}
    status, reply = api.ask("/auth/signin", credentials)
    if status != HTTPStatus.OK:
        since = set(mailbox.glob("*.eml"))
        api.post("/auth/signup", credentials)
        api.post("/auth/verify", {"token": _verification_token(mailbox, email, since)})
        reply = api.post("/auth/signin", credentials)
    token: str = reply["access_token"]
    return token


def _verification_token(mailbox: Path, email: str, since: set[Path]) -> str:
    deadline = time.monotonic() + LETTER_WITHIN
    while time.monotonic() < deadline:
        for file in sorted(set(mailbox.glob("*.eml")) - since):
            message = message_from_bytes(file.read_bytes(), policy=default)
            assert isinstance(message, EmailMessage)
            link = first_link(message) if message["to"] == email else None
            if link and "/verify#" in link:
                return link.partition("#")[2]
        time.sleep(0.1)
    raise StackError(
        f"No letter with a link came to {email} in {LETTER_WITHIN:.0f} s. Is it an account with another "
        "password? Then start anew: ./task up --fresh"
    )


def _write_notes(api: Api, token: str) -> int:
    notes = _notes(datetime.now(UTC))
    for note, views in notes:
        slug = api.post("/note", note, token=token)["slug"]
        for _ in range(views):
            api.post(f"/note/{slug}/view", {})
    return len(notes)


def _notes(now: datetime) -> Sequence[tuple[dict[str, object], int]]:
    """What each is, and how often it is read."""
    soon, later = ((now + timedelta(minutes=minutes)).isoformat() for minutes in (5, 7 * 24 * 60))
    return (
        ({"content": "Wi-Fi of the office: kettle-lamp-otter-9"}, 0),
        ({"content": "The recovery codes are in the blue folder.", "password": NOTE_PASSWORD}, 0),
        ({"content": "This one ends in five minutes.", "expires_at": soon}, 0),
        ({"content": "Three may read this; one has.", "max_views": 3}, 1),
        (
            {
                "content": "Minutes of the meeting, until next week.",
                "expires_at": later,
                "keep_before_expiration": True,
            },
            2,
        ),
        ({"content": "The launch code is 0000.", "notify": True}, 1),
        ({"content": "Happy birthday! The surprise is at six.", "expires_at": later}, 1),
    )


if __name__ == "__main__":
    main()
