"""The service and the model side by side: how both are asked the same."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from hypothesis.stateful import RuleBasedStateMachine

from contracts.errors import ErrorCode as Code
from contracts.notes import rpc

from .model import DONE, LINK, TOKEN, WORD_PROOF, WRONG_LINK, WRONG_TOKEN, WRONG_WORD_PROOF


class World:
    """The service on a loop of its own: the machine's rules are not coroutines."""

    def __init__(self, runner, database, replicas, rings, asking):
        self.run = runner.run
        self.database = database
        self.replicas = replicas  # by the key that seals; each knows its own key alone
        self.rings = rings  # for a re-seal: the new key first, then the old
        self.asking = asking


class NoteInTheWorld(RuleBasedStateMachine):
    """A note and its model, and how each is asked."""

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
