"""Failures are counted for one message alone, and do not fill the memory."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from chassis import failures
from chassis.failures import Failures

NOW = datetime.now(UTC)


def message(sequence, timestamp=NOW):
    return SimpleNamespace(
        metadata=SimpleNamespace(sequence=SimpleNamespace(stream=sequence), timestamp=timestamp)
    )


def test_each_message_has_a_count_of_its_own():
    counted = Failures()
    assert [counted.add(message(1)), counted.add(message(1)), counted.add(message(2))] == [1, 2, 1]
    counted.forget(message(1))
    assert counted.add(message(1)) == 1


def test_the_same_place_in_a_stream_that_was_made_anew_is_another_message():
    counted = Failures()
    counted.add(message(1))
    assert counted.add(message(1, NOW + timedelta(seconds=1))) == 1


def test_the_one_that_failed_longest_ago_is_forgotten_beyond_the_bound(monkeypatch):
    monkeypatch.setattr(failures, "REMEMBERED", 2)
    counted = Failures()
    for sequence in (1, 2, 1, 3):
        counted.add(message(sequence))
    assert [counted.add(message(sequence)) for sequence in (1, 3)] == [3, 2]
    assert counted.add(message(2)) == 1
