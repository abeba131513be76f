"""The kinds of message keep what their docstrings promise."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pydantic import ValidationError

from contracts.messages import Envelope, Event, RecordedEvent, Reply, Request


class Answer(Reply):
    number: int


class Question(Request[Answer], subject="oracle.v1.ask"):
    text: str


class Asked(Event, subject="events.oracle.v1.question.asked"):
    question_id: UUID

    @property
    def entity_id(self):
        return self.question_id


def test_a_request_knows_its_subject_and_its_reply():
    assert Question.subject == "oracle.v1.ask"
    assert Question.service() == "oracle"
    assert Question.operation() == "ask"
    assert Question.reply_type is Answer


def test_a_request_refuses_unknown_fields_and_a_reply_ignores_them():
    with pytest.raises(ValidationError):
        Question.model_validate({"text": "why", "mood": "grim"})
    assert Answer.model_validate({"number": 42, "since": "later"}).number == 42


def test_a_message_is_immutable():
    question = Question(text="why")
    with pytest.raises(ValidationError):
        question.text = "how"


@pytest.mark.parametrize("subject", ["", "oracle.ask", "oracle.v1.ask.twice"])
def test_a_malformed_request_subject_is_refused_where_it_is_defined(subject):
    with pytest.raises(TypeError, match="subject is"):
        type("Bad", (Request[Answer],), {"__module__": __name__}, subject=subject)


def test_a_request_without_a_reply_type_is_refused():
    with pytest.raises(TypeError, match="its reply"):
        type("Bad", (Request,), {"__module__": __name__}, subject="oracle.v1.ask")


@pytest.mark.parametrize("subject", ["", "oracle.v1.question.asked", "events.oracle.asked"])
def test_a_malformed_event_subject_is_refused_where_it_is_defined(subject):
    with pytest.raises(TypeError, match="subject is"):
        type("Bad", (Event,), {"__module__": __name__}, subject=subject)


def test_an_event_travels_as_a_cloud_event():
    event_id = UUID("0192f0c1-0000-7000-8000-000000000001")
    question_id = UUID("0192f0c1-0000-7000-8000-000000000002")
    event = Asked(question_id=question_id)
    envelope = Envelope[Asked](
        id=event_id,
        source="/onasty/oracle",
        type=event.subject,
        subject=str(event.entity_id),
        time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        data=event,
    )
    wire = json.loads(envelope.model_dump_json(exclude_none=True))
    assert wire == {
        "specversion": "1.0",
        "id": str(event_id),
        "source": "/onasty/oracle",
        "type": "events.oracle.v1.question.asked",
        "subject": str(question_id),
        "time": "2026-01-02T03:04:05Z",
        "datacontenttype": "application/json",
        "data": {"question_id": str(question_id)},
    }
    assert Envelope[Asked].model_validate(wire | {"extension": 1}) == envelope


def test_a_recorded_event_keeps_what_this_version_does_not_know():
    written = {"question_id": "0192f0c1-0000-7000-8000-000000000002", "asked_by": {"name": "later"}}
    envelope = Envelope[RecordedEvent](
        id=UUID(int=1),
        source="/onasty/oracle",
        type=Asked.subject,
        subject="x",
        time=datetime.now(UTC),
        data=RecordedEvent.model_validate(written),
    )
    assert json.loads(envelope.model_dump_json())["data"] == written
