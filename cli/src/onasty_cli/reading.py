"""Reading a note, once, and not losing it on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from onasty_cli.api import Api, Json
from onasty_cli.claims import Claim, Claims
from onasty_cli.command_error import CommandError
from onasty_cli.exit_codes import ExitCode
from onasty_cli.links import NoteLink
from onasty_cli.passwords import Passwords
from onasty_cli.protocol.content import unseal
from onasty_cli.protocol.header import Header
from onasty_cli.protocol.keys import Keys
from onasty_cli.protocol.unreadable_error import UnreadableError
from onasty_cli.terminal import say, working

# After these the claim is good for nothing any more.
_OVER = frozenset({ExitCode.ALREADY_READ, ExitCode.EXPIRED, ExitCode.NOT_FOUND})
# After these a claim that was kept may be of the note as it was before.
_MAY_BE_ANOTHER = frozenset({ExitCode.ALREADY_READ, ExitCode.PASSWORD_WRONG, ExitCode.LINK_INCOMPLETE})


@dataclass(frozen=True, slots=True)
class ReadNote:
    """A note that is held under a claim until it is acknowledged."""

    text: str = field(repr=False)
    created_at: str
    expires_at: str
    claim: Claim = field(repr=False)


class Reader:
    """Reveals under a claim that is on disk before, so that a crash at any moment loses nothing."""

    def __init__(self, api: Api, claims: Claims, passwords: Passwords) -> None:
        self._api = api
        self._claims = claims
        self._passwords = passwords

    def read(self, link: NoteLink) -> ReadNote:
        """Raises `CommandError`; a view that was taken by then is had again with the claim, which is kept."""
        metadata = None
        for claim in self._claims.kept(link):
            try:
                return self._revealed(link, claim)
            except CommandError as failure:
                # Its lease is over, or somebody else was faster: another one may hold the note, and without
                # any there may still be a view. Or the author gave the note another password meanwhile, or
                # none.
                if failure.code not in _MAY_BE_ANOTHER:
                    raise
                if failure.code is not ExitCode.ALREADY_READ:
                    metadata = self._api.metadata(link.slug)
                    if claim.fits(metadata):
                        raise
            claim.done()
        return self._anew(link, metadata or self._api.metadata(link.slug))

    def acknowledge(self, link: NoteLink, note: ReadNote) -> None:
        """It is out. That the server does not hear of it is no failure: it forgets the note by itself."""
        try:
            self._api.acknowledge(link.slug, note.claim.token)
        except CommandError as failure:
            if failure.code not in _OVER:
                say("The server could not be told that the note was read; it forgets it within two minutes.")
        note.claim.done()

    def _anew(self, link: NoteLink, metadata: Json) -> ReadNote:
        header = metadata.get("encryption")
        _check(link, header)
        claim = self._claims.make(link, header=header, has_password=bool(metadata["has_password"]))
        return self._revealed(link, claim)

    def _revealed(self, link: NoteLink, claim: Claim) -> ReadNote:
        reveal = self._encrypted if claim.header is not None else self._plain
        try:
            return reveal(link, claim)
        except CommandError as failure:
            # After any other failure it may hold a view: of several attempts only the last one is told.
            if failure.code in _OVER:
                claim.done()
            raise

    def _answer(self, link: NoteLink, claim: Claim, shown: Json) -> Json:
        # Somebody may have thought about the password for longer than a claim is kept.
        claim.file.touch()
        return self._api.reveal(link.slug, {"claim": claim.token, **shown})

    def _encrypted(self, link: NoteLink, claim: Claim) -> ReadNote:
        header, key = _check(link, claim.header), link.key
        assert header is not None
        assert key is not None

        def attempt(password: str | None) -> ReadNote:
            with working("Opening"):
                keys = Keys.derive(key, header, password)
                proofs = {"link_proof": keys.link_proof}
                if keys.password_proof is not None:
                    proofs["password_proof"] = keys.password_proof
                answer = self._answer(link, claim, proofs)
                if answer.get("encryption") != claim.header:
                    raise _unreadable()
                try:
                    text = unseal(str(answer["content"]), header, keys.content)
                except UnreadableError:
                    raise _unreadable() from None
            return _note(text, answer, claim)

        return self._tried(attempt, has_password=header.has_password)

    def _plain(self, link: NoteLink, claim: Claim) -> ReadNote:
        def attempt(password: str | None) -> ReadNote:
            shown = {"password": password} if password is not None else {}
            answer = self._answer(link, claim, shown)
            return _note(str(answer["content"]), answer, claim)

        return self._tried(attempt, has_password=claim.has_password)

    def _tried(self, attempt: Callable[[str | None], ReadNote], *, has_password: bool) -> ReadNote:
        if not has_password:
            return attempt(None)
        for left in reversed(range(self._passwords.tries)):
            password = self._passwords.to_read()
            try:
                return attempt(password)
            except CommandError as error:
                if error.code is not ExitCode.PASSWORD_WRONG or left == 0:
                    raise
                say(error.message)
        raise AssertionError("the last try returns or raises")


def _check(link: NoteLink, encoded: str | None) -> Header | None:
    """The header of a note that this link may open. Nothing has been read when this refuses."""
    if encoded is None:
        if link.key is not None:
            raise CommandError(
                ExitCode.UNREADABLE,
                "The link has a key, and the note is not encrypted: it is another one. Nothing was burned.",
            )
        return None
    if link.key is None:
        raise CommandError(
            ExitCode.LINK_INCOMPLETE,
            "The link is not whole: the part from # on is missing, the note's key. Nothing was burned.",
        )
    try:
        return Header.decode(encoded)
    except UnreadableError:
        raise CommandError(
            ExitCode.UNREADABLE, "The note is encrypted in a way that is not known here. Nothing was burned."
        ) from None


def _note(text: str, answer: Json, claim: Claim) -> ReadNote:
    return ReadNote(text, str(answer["created_at"]), str(answer["expires_at"]), claim)


def _unreadable() -> CommandError:
    return CommandError(
        ExitCode.UNREADABLE, "The note was changed since it was sent; nothing of it is shown."
    )
