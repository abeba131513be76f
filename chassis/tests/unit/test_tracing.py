"""Spans of one process: what is passed on, what is recorded, and what is never said."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from chassis import tracing
from chassis.otlp import Recording
from chassis.tracing import Tracing
from contracts.errors import ErrorCode, ServiceError

TRACE, PARENT = "a" * 32, "b" * 16
SAMPLED = f"00-{TRACE}-{PARENT}-01"
UNSAMPLED = f"00-{TRACE}-{PARENT}-00"


@pytest.fixture
def exporter():
    return InMemorySpanExporter()


@pytest.fixture
def recording(exporter):
    provider = TracerProvider(sampler=ALWAYS_ON, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return Recording(provider.get_tracer("test"))


def received(made, offered, *, sampled):
    return made.received(offered, sampled=sampled, kind="server", name="GET /")


@pytest.mark.parametrize("sampled", [True, False])
def test_where_nothing_is_recorded_a_strangers_trace_goes_on_without_its_flag(sampled):
    assert received(Tracing(), SAMPLED, sampled=sampled).traceparent == UNSAMPLED


def test_a_stranger_does_not_have_a_trace_recorded(recording, exporter):
    with received(recording, SAMPLED, sampled=False) as span:
        assert span.traceparent == UNSAMPLED
        with tracing.within("client", "part") as part:
            assert part.traceparent is None
            assert tracing.current() is span
    assert exporter.get_finished_spans() == ()


@pytest.mark.parametrize("offered", [None, "", "no trace", f"00-{'0' * 32}-{PARENT}-01", UNSAMPLED + "\n"])
@pytest.mark.parametrize("sampled", [True, False])
def test_what_is_no_trace_begins_a_new_one(recording, offered, sampled):
    with (
        received(recording, offered, sampled=sampled) as span,
        received(Tracing(), offered, sampled=False) as other,
    ):
        assert len({span.trace_id, other.trace_id, TRACE, "0" * 32}) == 4
        assert tracing.is_sampled(span.traceparent) is sampled
        assert not tracing.is_sampled(other.traceparent)


def test_parts_of_recorded_work_are_one_tree_with_it(recording, exporter):
    with received(recording, UNSAMPLED, sampled=True) as outer:
        with tracing.within("client", "part") as part:
            handed_on = part.traceparent
        assert tracing.current() is outer
    with recording.continued(handed_on, "consumer", "elsewhere"):
        pass
    inner, whole, elsewhere = exporter.get_finished_spans()
    assert {span.context.trace_id for span in (inner, whole, elsewhere)} == {int(TRACE, 16)}
    assert whole.parent.span_id == int(PARENT, 16)
    assert inner.parent.span_id == whole.context.span_id
    assert elsewhere.parent.span_id == inner.context.span_id
    assert tracing.current() is None


@pytest.mark.parametrize("traceparent", [None, UNSAMPLED])
def test_what_was_not_recorded_before_is_not_from_here_on(recording, exporter, traceparent):
    with recording.continued(traceparent, "consumer", "work") as span, tracing.within("client", "part"):
        assert span.traceparent == traceparent
    assert exporter.get_finished_spans() == ()


@pytest.mark.parametrize(
    ("error", "kind", "ok"),
    [
        (ValueError("canary"), "ValueError", False),
        (ServiceError(ErrorCode.UNAVAILABLE, "canary"), "unavailable", False),
        (ServiceError(ErrorCode.NOTE_NOT_FOUND, "canary"), "note_not_found", True),
    ],
)
def test_of_an_error_its_name_alone_is_recorded(recording, exporter, error, kind, ok):
    with pytest.raises(type(error)), received(recording, None, sampled=True):
        raise error
    (span,) = exporter.get_finished_spans()
    assert span.attributes["error.type"] == kind
    assert span.status.is_unset is ok
    assert "canary" not in span.to_json()
    assert span.events == ()


@pytest.mark.parametrize("sampled", [True, False])
def test_work_may_be_over_before_its_block_is(recording, exporter, caplog, sampled):
    with received(recording, None, sampled=sampled) as span:
        span.note({"first": 1})
        span.end()
        ended = exporter.get_finished_spans()
        assert [dict(one.attributes) for one in ended] == [{"first": 1}] * sampled
        span.note({"later": 1})
        span.fail("500")
        assert tracing.current() is span
    assert exporter.get_finished_spans() == ended
    # What OpenTelemetry says of a span that ends twice.
    assert caplog.records == []
