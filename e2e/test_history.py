"""The checker of histories: one made by hand for each rule that it must see broken."""

from datetime import UTC, datetime
from typing import Any

from .history import Event, Note, broken_rules

LEASE_ENDS = 160.0


def note(views: int = 1, slug: str = "slug") -> Note:
    return Note("text", views, slug)


def read(note: Note, claim: str, at: float, *, content: str = "text", lease: float = LEASE_ENDS) -> Event:
    told = {"content": content, "lease_ends_at": datetime.fromtimestamp(lease, UTC).isoformat()}
    return Event("reveal", note, claim, at, at + 1, 200, told)


def refused(note: Note, claim: str, at: float, code: str = "note_already_read") -> Event:
    return Event("reveal", note, claim, at, at + 1, 404, {"code": code})


def unanswered(what: str, note: Note, claim: str, at: float, status: int | None = None) -> Event:
    return Event(what, note, claim, at, at + 1, status)


def acknowledged(note: Note, claim: str, at: float) -> Event:
    return Event("acknowledge", note, claim, at, at + 1, 204)


def rules(*history: Event) -> list[str]:
    return [rule.removeprefix("note slug: ") for rule in broken_rules(list(history))]


def test_what_obeys_every_rule_is_let_through():
    two = note(views=2)
    assert (
        rules(
            unanswered("create", note(slug=""), "", 90),
            unanswered("create", two, "", 91, status=503),
            Event("create", two, "", 92, 93, 201, {"slug": "slug"}),
            # Its answer was lost: the view is taken, and the next to come finds one alone.
            unanswered("reveal", two, "first", 100),
            read(two, "second", 101),
            # Begun before, ended after: it may have been refused at any moment in between.
            Event("reveal", two, "third", 99, 105, 404, {"code": "note_already_read"}),
            unanswered("reveal", two, "first", 106, status=503),
            read(two, "first", 108),
            unanswered("acknowledge", two, "first", 110),
            # That acknowledgement may have arrived, or not.
            read(two, "first", 112),
            acknowledged(two, "first", 114),
            refused(two, "first", 116),
            refused(two, "second", LEASE_ENDS + 1),
        )
        == []
    )


def test_a_status_that_no_client_expects():
    one = note()
    broken: dict[str, Any] = {"code": "internal"}
    assert rules(Event("create", one, "", 90, 91, 500, broken)) == [
        "create was answered with 500: {'code': 'internal'}"
    ]


def test_one_slug_for_two_notes():
    assert rules(
        Event("create", note(), "", 90, 91, 201),
        Event("create", note(), "", 92, 93, 201),
    ) == ["two notes have one slug"]


def test_more_winners_than_views():
    one = note()
    assert rules(read(one, "first", 100), read(one, "second", 101)) == ["2 claims won 1 views"]


def test_a_view_that_nobody_got():
    two = note(views=2)
    assert rules(read(two, "first", 100), unanswered("reveal", two, "second", 101)) == [
        "1 of 2 claims won 2 views: one is lost"
    ]


def test_the_content_of_another_note():
    assert rules(read(note(), "first", 100, content="another")) == ["another content"]


def test_a_reader_refused_while_a_view_was_left():
    one = note()
    assert rules(refused(one, "early", 100), read(one, "late", 102)) == [
        "a reader was refused when 0 claims had taken of 1 views"
    ]


def test_a_reader_refused_for_another_reason_than_that_it_was_read():
    one = note()
    assert rules(read(one, "first", 100), refused(one, "second", 102, code="note_not_found")) == [
        "a reader was told note_not_found"
    ]


def test_a_lease_that_moves():
    one = note()
    (rule,) = rules(read(one, "first", 100), read(one, "first", 102, lease=LEASE_ENDS + 1))
    assert rule.startswith("its lease moved")


def test_a_winner_without_a_lease():
    one = note()
    (rule,) = rules(Event("reveal", one, "first", 100, 101, 200, {"content": "text"}))
    assert rule.startswith("its lease moved")


def test_a_winner_refused_within_its_lease():
    one = note()
    assert rules(read(one, "first", 100), refused(one, "first", 102)) == [
        "the winner was refused within its lease"
    ]


def test_a_winner_given_the_note_after_its_acknowledgement():
    one = note()
    assert rules(read(one, "first", 100), acknowledged(one, "first", 102), read(one, "first", 104)) == [
        "the winner was given the note after its lease"
    ]


def test_a_winner_given_the_note_after_the_end_of_its_lease():
    one = note()
    assert rules(read(one, "first", 100), read(one, "first", LEASE_ENDS + 1)) == [
        "the winner was given the note after its lease"
    ]
