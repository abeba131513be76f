"""Whatever is done to a note, in any order: what must come of it, and what must hold after each step."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from contracts.errors import ErrorCode as Code
from contracts.notes import rpc
from notes.maintenance import burn_before, reseal

from .model import CLAIMS, DAY, DONE, HOUR, LINK, LONGEST, PROOF_GUESSES, TOKEN, WORD_PROOF, WORDS, Model
from .world import NoteInTheWorld

# Steps of time are multiples of 10 s, and nothing ends between 9 s before such a multiple and it: the
# moments that pass while the test itself runs then decide nothing.
STEPS = (50, 70, HOUR + 10, 31 * DAY)
LIFETIMES = (119, HOUR + 59, 100 * DAY + 9)

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


class LifeOfANote(NoteInTheWorld):
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
