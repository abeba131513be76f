"""What the protocol says of a note, in plain Python."""

from dataclasses import dataclass, field

from contracts.errors import ErrorCode as Code

LEASE = 60
HOUR = 3600
DAY = 24 * HOUR
TOMBSTONE = 30 * DAY
LONGEST = 365 * DAY
PROOF_GUESSES = 10

CLAIMS = tuple(letter * 22 for letter in "ABC")
LINK, WRONG_LINK, WORD_PROOF, WRONG_WORD_PROOF, TOKEN, WRONG_TOKEN = (letter * 43 for letter in "lmpqtu")
WORDS = ("swordfish", "mellon", "open sesame")
DONE = "done"


@dataclass
class Model:
    """What the protocol says of a note. Times are seconds of the example."""

    content: str
    authored: bool
    has_token: bool
    made: int
    ends: float
    keep: bool = False
    max_views: int = 1
    password: str | None = None
    link_proof: bool = False
    password_proof: bool = False
    views: int = 0
    leases: dict[str, float] = field(default_factory=dict)  # by claim
    read: bool = False
    deleted: bool = False
    erased_at: float | None = None  # None: the content is in the table
    burned: bool = False
    refused: int = 0
    guesses: int = 0
    guesses_since: float | None = None

    @property
    def stored(self):
        return self.erased_at is None

    def expired(self, now):
        return self.burned or self.ends <= now

    def leased(self, now, *, but=None):
        return any(end > now for claim, end in self.leases.items() if claim != but)

    def must_be_gone(self, now):
        """By the protocol page: no view and no live lease remains, it has expired, or it was deleted."""
        exhausted = not self.keep and self.views >= self.max_views
        return self.deleted or self.expired(now) or (exhausted and not self.leased(now))

    def erase(self, now):
        if self.stored:
            self.erased_at = now

    def unreadable(self, now):
        """Why nobody can take a view, None if somebody can."""
        if self.deleted:
            return Code.NOTE_NOT_FOUND
        if not self.keep and self.views >= self.max_views:
            return Code.NOTE_ALREADY_READ
        return Code.NOTE_EXPIRED if self.expired(now) else None

    def unchangeable(self, now):
        if self.read and not self.deleted:
            return Code.NOTE_ALREADY_READ
        return self.unreadable(now)

    def refusal(self, shown, now):
        """Why this reader is turned away, None if not; counts what is counted."""
        wrong = None
        if self.link_proof and shown.link_proof != LINK:
            wrong = Code.NOTE_PROOF_WRONG
        elif self.password_proof:
            wrong = self._guess(shown.password_proof, WORD_PROOF, PROOF_GUESSES, now)
        elif self.password is not None:
            wrong = self._guess(shown.password, self.password, 100, now)
        self.refused += wrong in (Code.NOTE_PROOF_WRONG, Code.NOTE_PASSWORD_WRONG)
        return wrong

    def _guess(self, shown, right, limit, now):
        if shown is None:
            return Code.NOTE_PASSWORD_WRONG
        if self.guesses_since is None or self.guesses_since <= now - HOUR:
            self.guesses, self.guesses_since = 0, now
        if self.guesses >= limit:
            return Code.TOO_MANY_GUESSES
        if shown == right:
            return None
        self.guesses += 1
        return Code.NOTE_PASSWORD_WRONG

    def reveal(self, shown, now):  # noqa: PLR0911 - as many as there are reasons
        """The content, or the code."""
        claim = shown.claim
        if self.deleted:
            return Code.NOTE_NOT_FOUND
        # With a claim there may be a lease to come back to, and only who shows the right thing is told.
        over = claim is None or not self.stored or self.expired(now)
        early = self.unreadable(now) if over else None
        why = early or self.refusal(shown, now)
        if why is not None:
            return why
        if not self.keep and self.leases.get(claim, now) > now:
            return self.content
        if (why := self.unreadable(now)) is not None:
            return why
        if not self.keep and claim in self.leases:
            # Its lease is over: never another view, though one is left for others.
            return Code.NOTE_ALREADY_READ
        self.read = True
        if self.keep:
            return self.content
        self.views += 1
        if claim is not None:
            self.leases[claim] = min(now + LEASE, self.ends)
        elif self.views >= self.max_views and not self.leased(now):
            self.erase(now)
        return self.content

    def acknowledge(self, claim, now):
        if self.deleted:
            return Code.NOTE_NOT_FOUND
        if self.keep:
            return DONE
        if claim not in self.leases:
            return Code.NOTE_NOT_FOUND
        if self.leases[claim] > now:
            self.leases[claim] = now
            if self.views >= self.max_views and not self.leased(now):
                self.erase(now)
        return DONE

    def sweep(self, now):
        """False when the note is forgotten."""
        if self.must_be_gone(now):
            self.erase(now)
        return self.stored or now - self.erased_at <= TOMBSTONE
