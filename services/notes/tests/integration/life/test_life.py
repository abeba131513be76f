"""A note's whole life, against a model of it.

Whatever is done to a note, in any order, a model in plain Python says what must come of it: the code of
the refusal, or the content; and whether the content is still in the table. Time is not waited for: all
times of the row are moved into the past, which to the service is the same.
"""

import asyncio
from contextlib import nullcontext

import pytest
import uvloop
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from hypothesis.stateful import run_state_machine_as_test

from notes.crypto.key_ring import KeyRing

from .machine import LifeOfANote
from .world import World

pytestmark = pytest.mark.integration


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
