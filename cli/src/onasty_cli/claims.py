"""Claims to notes, kept from before the reveal until the note is out: whoever dies between may ask again."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from onasty_cli.command_error import CommandError
from onasty_cli.exit_codes import ExitCode
from onasty_cli.links import NoteLink
from onasty_cli.protocol import base64url
from onasty_cli.state_files import LockedFile, is_older

# A lease lasts a minute from the answer; a claim that nobody tried for this long has none any more.
STALE_AFTER = 600.0
CLAIM_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Claim:
    """Held by this process alone. `header` is that of the note, None for one that no client encrypted."""

    token: str = field(repr=False)
    header: str | None
    has_password: bool
    file: LockedFile

    def fits(self, metadata: Mapping[str, Any]) -> bool:
        """Whether the note is still protected as it was when the claim was made."""
        return (self.header, self.has_password) == (metadata.get("encryption"), metadata["has_password"])

    def done(self) -> None:
        """The note is out, or there is none: the claim is of no more use."""
        self.file.remove()


class Claims:
    """One file for each claim; its name says to which note, and to nobody which that is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "claims"

    def kept(self, link: NoteLink) -> Iterator[Claim]:
        """Those that earlier processes left behind, each held from when it is given. Stale ones are dropped.

        Of several any one may hold the note.
        """
        self._drop_stale()
        for path in self._folder.glob(f"{_name(link)}.*.json"):
            if (file := LockedFile.take(path)) and (claim := _read(file)):
                yield claim

    def make(self, link: NoteLink, *, header: str | None, has_password: bool) -> Claim:
        """A new one, on disk when this returns. Raises `CommandError` when it cannot be."""
        token = base64url.encode(secrets.token_bytes(CLAIM_LENGTH))
        text = json.dumps({"claim": token, "header": header, "has_password": has_password})
        path = self._folder / f"{_name(link)}.{secrets.token_hex(8)}.json"
        try:
            file = LockedFile.create(path, text)
        except OSError as error:
            raise CommandError(
                ExitCode.USAGE, f"Your state folder takes no claim: {error.strerror}. Nothing was read."
            ) from None
        return Claim(token, header, has_password, file)

    def _drop_stale(self) -> None:
        for path in self._folder.glob("*.json"):
            # Others are left alone: whoever reads those notes must find them free.
            if is_older(path, STALE_AFTER) and (file := LockedFile.take(path)):
                # Its note may have been asked for until we had it.
                if file.is_older(STALE_AFTER):
                    file.remove()
                else:
                    file.close()


def _name(link: NoteLink) -> str:
    return hashlib.sha256(f"{link.server}/{link.slug}".encode()).hexdigest()


def _read(file: LockedFile) -> Claim | None:
    try:
        values = json.loads(file.text())
        claim = Claim(str(values["claim"]), values["header"], bool(values["has_password"]), file)
    except (ValueError, KeyError, TypeError):
        file.remove()
        return None
    return claim
