"""The registry is whole, and what follows from it is what a service may do."""

from fnmatch import fnmatch

from contracts.auth import rpc as auth_rpc
from contracts.mailer import rpc as mailer_rpc
from contracts.messages import Request
from contracts.notes import rpc as notes_rpc
from contracts.permissions import permissions
from contracts.registry import EVENT_TYPES, REQUESTS, SERVICES, STREAMS
from contracts.snapshots import FOLDER, snapshots


def test_every_request_defined_is_served_by_the_service_in_its_subject():
    defined = {
        thing
        for module in (auth_rpc, mailer_rpc, notes_rpc)
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Request) and "subject" in vars(thing)
    }
    assert defined == set(REQUESTS)
    for name, service in SERVICES.items():
        assert all(request.service() == name for request in service.serves)


def test_subjects_are_unique_and_every_call_is_served():
    subjects = [request.subject for request in REQUESTS]
    assert len(subjects) == len(set(subjects))
    assert all(call in REQUESTS for service in SERVICES.values() for call in service.calls)


def test_a_caller_may_publish_its_calls_and_nothing_else():
    gateway = permissions("gateway")
    followed = {subject for subject in gateway.publish if subject.startswith("$JS")}
    assert set(gateway.publish) - followed == {request.subject for request in SERVICES["gateway"].calls}
    assert gateway.subscribe == ("_INBOX_gateway.>",)
    assert not gateway.responds


def test_a_server_may_subscribe_what_it_serves_and_be_discovered():
    notes = permissions("notes")
    assert not any(subject.startswith(("auth.", "notes.", "mailer.")) for subject in notes.publish)
    assert notes.responds
    assert "notes.v1.create_note" in notes.subscribe
    assert "$SRV.PING" in notes.subscribe
    assert not any(subject.startswith(("auth.", "_INBOX_gateway", ">")) for subject in notes.subscribe)


def test_an_emitter_may_publish_its_own_events_alone():
    events = {subject for subject in permissions("notes").publish if subject.startswith("events.")}
    assert events == {event.subject for event in SERVICES["notes"].emits}
    assert all(subject.startswith("events.notes.") for subject in events)


def test_a_consumer_may_fetch_and_settle_its_own_messages_and_write_its_own_dead_letters():
    mailer = set(permissions("mailer").publish) - {call.subject for call in SERVICES["mailer"].calls}
    assert mailer == {
        "$JS.API.STREAM.INFO.EVENTS",
        "$JS.API.STREAM.INFO.DEAD_LETTERS",
        "$JS.API.CONSUMER.INFO.EVENTS.mailer",
        "$JS.API.CONSUMER.MSG.NEXT.EVENTS.mailer",
        "$JS.ACK.EVENTS.mailer.>",
        "dead.mailer.>",
    }


def test_who_follows_may_make_consumers_of_that_event_alone_and_reach_no_durable_one():
    gateway = permissions("gateway")
    assert {subject for subject in gateway.publish if subject.startswith("$JS")} == {
        "$JS.API.CONSUMER.CREATE.EVENTS.*.events.auth.v1.user.sessions_revoked",
        "$JS.API.CONSUMER.CREATE.EVENTS.*.events.notes.v1.note.*",
        "$JS.API.CONSUMER.MSG.NEXT.EVENTS.*",
    }
    assert set(gateway.publish_denied) == {
        "$JS.API.CONSUMER.CREATE.EVENTS.mailer.>",
        "$JS.API.CONSUMER.CREATE.EVENTS.notes.>",
        "$JS.API.CONSUMER.MSG.NEXT.EVENTS.mailer",
        "$JS.API.CONSUMER.MSG.NEXT.EVENTS.notes",
    }
    for other in ("auth", "notes", "mailer"):
        assert not any("CONSUMER.CREATE" in subject for subject in permissions(other).publish)


def test_what_is_consumed_is_emitted():
    emitted = {event.subject for event in EVENT_TYPES}
    consumed = [spec for service in SERVICES.values() for spec in service.consumers]
    assert len({spec.durable for spec in consumed}) == len(consumed)
    assert {subject for spec in consumed for subject in spec.filter_subjects} <= emitted
    followed = [follow for service in SERVICES.values() for follow in service.follows]
    assert {event.subject for follow in followed for event in follow.events} <= emitted
    for follow in followed:
        reached = {subject for subject in emitted if fnmatch(subject, follow.filter_subject)}
        assert reached == {event.subject for event in follow.events}


def test_the_streams_keep_every_event_and_every_dead_letter():
    assert {stream.name: stream.subjects for stream in STREAMS} == {
        "EVENTS": ("events.>",),
        "DEAD_LETTERS": ("dead.>",),
    }


def test_no_message_has_drifted_from_its_committed_schema():
    committed = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    assert committed == snapshots(), "the wire changed: if you mean it, run ./task gen and commit"
