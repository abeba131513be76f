"""A note's whole life, against a model of it.

Whatever is done to a note, in any order, a model in plain Python says what must come of it: the code of
the refusal, or the content; and whether the content is still in the table. Time is not waited for: all
times of the row are moved into the past, which to the service is the same.
"""

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import uvloop
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contracts.errors import ErrorCode as Code
from contracts.notes import rpc
from notes.crypto.key_ring import KeyRing
from notes.maintenance import burn_before, reseal

pytestmark = pytest.mark.integration

LEASE = 60
HOUR = 3600
DAY = 24 * HOUR
TOMBSTONE = 30 * DAY
LONGEST = 365 * DAY
PROOF_GUESSES = 10

# Steps of time are multiples of 10 s, and nothing ends between 9 s before such a multiple and it: the
# moments that pass while the test itself runs then decide nothing.
STEPS = (50, 70, HOUR + 10, 31 * DAY)
LIFETIMES = (119, HOUR + 59, 100 * DAY + 9)
CLAIMS = tuple(letter * 22 for letter in "ABC")
LINK, WRONG_LINK, WORD_PROOF, WRONG_WORD_PROOF, TOKEN, WRONG_TOKEN = (letter * 43 for letter in "lmpqtu")
WORDS = ("swordfish", "mellon", "open sesame")
DONE = "done"


class QuickHashing:
    """Argon2id as the service has it, but cheap: thousands of steps hash."""

    _hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

    def place(self):
        return nullcontext()

    async def hash(self, password, context):
        return self._hasher.hash(password)

    async def matches(self, password, password_hash, context):
        try:
            return self._hasher.verify(password_hash, password)
        except VerifyMismatchError:
            return False


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


KINDS = {
    "open": {},
    "password": {"password": WORDS[0]},
    "link": {"link_proof": LINK},
    "link and password": {"link_proof": LINK, "password_proof": WORD_PROOF},
}
WISHES = st.tuples(
    st.sampled_from(["open", "open", *sorted(KINDS)]),
    st.sampled_from([True, True, False]),  # has an author
    st.booleans(),  # has a manage token
    st.sampled_from(["once", "twice", "thrice", "thrice", "keep"]),
    st.sampled_from([*LIFETIMES, None]),
)
SHOWN = st.sampled_from(["right", "right", "right", "nothing", "wrong link", "wrong password"])
WHO = st.sampled_from(["author", "token", "stranger", "stranger", "nobody"])
PEOPLE = st.sampled_from(["author", "author", "author", "stranger", "nobody"])


class World:
    """The service on a loop of its own: the machine's rules are not coroutines."""

    def __init__(self, runner, database, replicas, rings, asking):
        self.run = runner.run
        self.database = database
        self.replicas = replicas  # by the key that seals; each knows its own key alone
        self.rings = rings  # for a re-seal: the new key first, then the old
        self.asking = asking


class LifeOfANote(RuleBasedStateMachine):
    def __init__(self, world):
        super().__init__()
        self.world = world
        self.now = 0
        self.key = "k1"
        self.slug = "note-" + uuid4().hex
        self.actors = {"author": world.asking.somebody(), "stranger": world.asking.somebody()}
        self.model = None
        self.readers = set()  # who got a content: each claim, and each time without
        self.texts = []  # every content and password there ever was
        self.world.run(self._execute("DELETE FROM notes"))

    # what may be asked

    @initialize(wishes=WISHES)
    def begin(self, wishes):
        self._create(*wishes)

    @precondition(lambda self: self.model is None or self.model.must_be_gone(self.now))
    @rule(wishes=WISHES)
    def begin_again(self, wishes):
        """Another note: what is over has little left to tell."""
        self.world.run(self._execute("DELETE FROM notes"))
        self.model = None
        self._create(*wishes)

    @precondition(lambda self: self.model is None or not self.model.stored)
    @rule(wishes=WISHES)
    def create(self, wishes):
        self._create(*wishes)

    def _create(self, kind, authored, has_token, views, lifetime):
        keep = views == "keep"
        lifetime = LIFETIMES[1] if keep and lifetime is None else lifetime
        content = self._text()
        request = rpc.CreateNote(
            slug=self.slug,
            content=content,
            expires_at=self._wish(lifetime),
            keep_before_expiration=keep,
            max_views={"twice": 2, "thrice": 3}.get(views),
            manage_token=TOKEN if has_token else None,
            **KINDS[kind],
        )
        outcome = self._ask(self._use.create_note, request, "author" if authored else "nobody")
        assert outcome == (DONE if self.model is None else Code.SLUG_TAKEN)
        if self.model is None:
            self.readers.clear()
            self.model = Model(
                content=content,
                authored=authored,
                has_token=has_token,
                made=self.now,
                ends=self.now + (LONGEST if lifetime is None else lifetime),
                keep=keep,
                max_views={"twice": 2, "thrice": 3}.get(views, 1),
                password=WORDS[0] if kind == "password" else None,
                link_proof=kind.startswith("link"),
                password_proof=kind == "link and password",
            )

    @rule(claim=st.sampled_from([None, *CLAIMS]), shown=SHOWN)
    def reveal(self, claim, shown):
        self._reveal(claim, shown)

    @precondition(lambda self: self.model is not None and self.model.views < self.model.max_views)
    @rule(claim=st.sampled_from(CLAIMS))
    def reveal_rightly(self, claim):
        """Once more: most of what can go wrong begins with a few views."""
        self._reveal(claim, "right")

    @precondition(lambda self: self.model is not None and self.model.leases)
    @rule(data=st.data(), shown=SHOWN)
    def reveal_again(self, data, shown):
        self._reveal(data.draw(st.sampled_from(sorted(self.model.leases)), label="claim"), shown)

    @precondition(lambda self: self.model is not None and self.model.password_proof)
    @rule(claim=st.sampled_from([None, CLAIMS[0]]))
    def guess_too_often(self, claim):
        for _ in range(PROOF_GUESSES + 1):
            self._reveal(claim, "wrong password")

    @rule(claim=st.sampled_from(CLAIMS))
    def acknowledge(self, claim):
        self._acknowledge(claim)

    @precondition(lambda self: self.model is not None and self.model.leases)
    @rule(data=st.data())
    def acknowledge_what_was_revealed(self, data):
        self._acknowledge(data.draw(st.sampled_from(sorted(self.model.leases)), label="claim"))

    @precondition(lambda self: self.model is None or self.model.read)
    @rule(who=WHO)
    def delete(self, who):
        self._delete(who)

    @rule(who=WHO, really=st.sampled_from([False, False, False, True]))
    def delete_unread(self, who, really):
        """More seldom: what is deleted has no more to tell."""
        if really and self.model is not None and not self.model.read:
            self._delete(who)

    def _delete(self, who):
        mine = self._manages(who)
        request = rpc.DeleteNote(slug=self.slug, manage_token=self._token(who))
        assert self._ask(self._use.delete_note, request, who) == (DONE if mine else Code.NOTE_NOT_FOUND)
        if mine:
            self.model.deleted = True
            self.model.erase(self.now)

    @rule(who=PEOPLE, password=st.sampled_from([*WORDS, None]))
    def change_password(self, who, password):
        request = rpc.ChangePassword(slug=self.slug, password=password)
        expected = self._change(who)
        if expected == DONE and self.model.link_proof:
            expected = Code.INVALID_REQUEST
        assert self._ask(self._use.change_note.password, request, who) == expected
        if expected == DONE:
            self.model = replace(self.model, password=password, guesses=0, guesses_since=None)

    @rule(who=PEOPLE, lifetime=st.sampled_from([*LIFETIMES, None]), keep=st.sampled_from([True, False, None]))
    def change_expiry(self, who, lifetime, keep):
        wishes = {} if keep is None else {"keep_before_expiration": keep}
        request = rpc.ChangeExpiry(slug=self.slug, expires_at=self._wish(lifetime), **wishes)
        expected = self._change(who)
        if (lifetime is None and keep is None) or (expected == DONE and self.model.max_views > 1 and keep):
            expected = Code.INVALID_REQUEST
        assert self._ask(self._use.change_note.expiry, request, who) == expected
        if expected == DONE:
            self.model.keep = self.model.keep if keep is None else keep
            self.model.ends = self.model.ends if lifetime is None else self.now + lifetime

    @rule(who=PEOPLE)
    def change_content(self, who):
        content = self._text()
        expected = self._change(who)
        if expected == DONE and self.model.link_proof:
            expected = Code.INVALID_REQUEST
        request = rpc.ChangeContent(slug=self.slug, content=content)
        assert self._ask(self._use.change_note.content, request, who) == expected
        if expected == DONE:
            self.model.content = content

    # what happens by itself, and what an operator does

    @rule(seconds=st.sampled_from((50, 50, 50, *STEPS)))
    def time_passes(self, seconds):
        self.now += seconds
        moved = [
            f"{column} = {column} - $1::interval"
            for column in (
                "created_at",
                "expires_at",
                "read_at",
                "erase_at",
                "erased_at",
                "deleted_at",
                "guesses_since",
            )
        ]
        leases = "leases = ARRAY(SELECT ends - $1::interval FROM unnest(leases) AS ends)"
        self.world.run(
            self._execute(f"UPDATE notes SET {', '.join([*moved, leases])}", timedelta(seconds=seconds))
        )

    @rule()
    def sweep(self):
        self.world.run(self._replica.sweeper.sweep())
        if self.model is not None and not self.model.sweep(self.now):
            self.model = None
        if self.model is not None:
            assert self.model.stored is not self.model.must_be_gone(self.now)

    @rule()
    def seal_anew(self):
        self.key = "k2" if self.key == "k1" else "k1"
        done, unopened = self.world.run(reseal(self._replica.upkeep, self.world.rings[self.key]))
        assert done == (self.model is not None and self.model.stored)
        assert unopened == []

    @rule(all_of_them=st.sampled_from([False, False, False, True]))
    def burn_before(self, all_of_them):
        now = datetime.now(UTC)
        before = now if all_of_them else now - timedelta(seconds=self.now + 10)
        done = self.world.run(burn_before(self._replica.upkeep, before))
        burns = all_of_them and self.model is not None and self.model.stored
        assert done == burns
        if burns:
            self.model.erase(self.now)
            self.model.burned = True

    # what must hold after each step

    @invariant()
    def what_is_told_is_so(self):
        request = rpc.GetNoteMetadata(slug=self.slug)
        unreadable = Code.NOTE_NOT_FOUND if self.model is None else self.model.unreadable(self.now)
        assert self._ask(self._use.note_metadata, request) == (unreadable or DONE)
        request = rpc.GetNoteStatus(slug=self.slug, manage_token=TOKEN)
        who = "author" if self.model is not None and self.model.authored else "nobody"
        if not self._manages("token" if who == "nobody" else who) or self.model.deleted:
            assert self._ask(self._use.note_status, request, who) == Code.NOTE_NOT_FOUND
            return
        model = self.model
        status = self.world.run(self._use.note_status(request, self._context(who)))
        state = "unread" if not model.expired(self.now) else "expired"
        assert (status.state, status.views_taken, status.refused_attempts) == (
            "revealed" if model.read else state,
            model.views,
            model.refused,
        )

    @invariant()
    def the_row_is_as_it_must_be(self):
        row = self.world.run(self._row())
        assert (row is None) is (self.model is None)
        if row is None:
            return
        assert (row["content"] is not None) is self.model.stored
        assert len(row["claims"]) == len(self.model.leases)
        assert row["key_id"] in (self.key, None)
        for secret in (*self.texts, *WORDS, *CLAIMS, LINK, WORD_PROOF, TOKEN):
            assert secret not in row["dump"]
            assert secret.encode().hex() not in row["dump"]

    @invariant()
    def each_view_went_to_at_most_one_reader(self):
        if self.model is not None and not self.model.keep:
            assert len(self.readers) <= self.model.max_views

    # how it is asked

    @property
    def _replica(self):
        return self.world.replicas[self.key]

    @property
    def _use(self):
        return self._replica.use

    def _reveal(self, claim, shown):
        request = self._shown(claim, shown)
        expected = Code.NOTE_NOT_FOUND if self.model is None else self.model.reveal(request, self.now)
        asked = self._use.reveal_note(request, self._context("nobody"))
        outcome = self.world.run(self.world.asking.outcome(asked))
        assert outcome == expected
        if not isinstance(outcome, Code):
            self.readers.add(claim or f"without, the {len(self.readers)}th")

    def _acknowledge(self, claim):
        expected = Code.NOTE_NOT_FOUND if self.model is None else self.model.acknowledge(claim, self.now)
        request = rpc.AcknowledgeReveal(slug=self.slug, claim=claim)
        assert self._ask(self._use.acknowledge_reveal, request) == expected

    def _shown(self, claim, shown):
        request = {"slug": self.slug, "claim": claim}
        model = self.model
        if shown == "nothing" or model is None:
            return rpc.RevealNote(**request)
        if model.password is not None or not model.link_proof:
            word = "wrong" if shown == "wrong password" else model.password
            return rpc.RevealNote(**request, password=word)
        request["link_proof"] = WRONG_LINK if shown == "wrong link" else LINK
        if model.password_proof:
            request["password_proof"] = WRONG_WORD_PROOF if shown == "wrong password" else WORD_PROOF
        return rpc.RevealNote(**request)

    def _ask(self, handler, request, who="nobody"):
        refused = self.world.asking.refused(handler(request, self._context(who)))
        return self.world.run(refused) or DONE

    def _context(self, who):
        return self.world.asking.context(self.actors.get(who))

    def _token(self, who):
        return {"token": TOKEN, "stranger": WRONG_TOKEN}.get(who)

    def _manages(self, who):
        if self.model is None:
            return False
        return (who == "author" and self.model.authored) or (who == "token" and self.model.has_token)

    def _change(self, who):
        """What comes of a change that is right in itself."""
        if who == "nobody":
            return Code.UNAUTHENTICATED
        if who != "author" or self.model is None or not self.model.authored:
            return Code.NOTE_NOT_FOUND
        return self.model.unchangeable(self.now) or DONE

    def _text(self):
        self.texts.append(f"the text {uuid4()}")
        return self.texts[-1]

    def _wish(self, lifetime):
        return None if lifetime is None else datetime.now(UTC) + timedelta(seconds=lifetime)

    async def _execute(self, statement, *values):
        async with self.world.database.connection() as connection:
            await connection.execute(statement, *values)

    async def _row(self):
        async with self.world.database.connection() as connection:
            return await connection.fetchrow(
                "SELECT content, claims, key_id, notes::text AS dump FROM notes WHERE slug = $1", self.slug
            )


def test_the_life_of_a_note_is_as_the_model_says(open_database, make_replica, asking, machine_settings):
    keys = {kid: f"{kid}:{'AB'[n] * 43}=" for n, kid in enumerate(("k1", "k2"))}
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        opened = open_database()
        database = runner.run(opened.__aenter__())
        try:
            replicas = {
                kid: make_replica(database, QuickHashing(), sealing_keys=key) for kid, key in keys.items()
            }
            rings = {kid: KeyRing(",".join(sorted(keys.values(), reverse=kid == "k2"))) for kid in keys}
            world = World(runner, database, replicas, rings, asking)
            run_state_machine_as_test(lambda: LifeOfANote(world), settings=machine_settings)
        finally:
            runner.run(opened.__aexit__(None, None, None))
