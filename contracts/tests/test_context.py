"""What travels beside a request."""

from uuid import UUID

import pytest

from contracts.actor import Actor
from contracts.context import RequestContext, request_id, traceparent
from contracts.errors import ErrorCode, ServiceError

ACTOR = Actor(UUID(int=1), UUID(int=2))
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_headers_carry_the_whole_context():
    context = RequestContext(1_800_000_000_000, "abc", ACTOR, TRACE)
    assert RequestContext.from_headers(context.headers()) == context


@pytest.mark.parametrize(
    "headers",
    [
        None,
        {},
        {"Onasty-Deadline-Ms": "soon"},
        {"Onasty-Deadline-Ms": "9" * 400},
        {"Onasty-Deadline-Ms": "-" + "9" * 400},
        {"Onasty-Deadline-Ms": "1", "Onasty-Actor": "user:1:2"},
        {"Onasty-Deadline-Ms": "1", "Onasty-Actor": f"root:{UUID(int=1)}:{UUID(int=2)}"},
    ],
)
def test_malformed_headers_are_refused(headers):
    with pytest.raises(ServiceError) as caught:
        RequestContext.from_headers(headers)
    assert caught.value.code is ErrorCode.INVALID_REQUEST


def test_a_passed_deadline_is_told():
    RequestContext.lasting(5, request_id="x").check_deadline()
    with pytest.raises(ServiceError) as caught:
        RequestContext.lasting(-0.001, request_id="x").check_deadline()
    assert caught.value.code is ErrorCode.DEADLINE_EXCEEDED


@pytest.mark.parametrize("offered", [None, "", "a" * 65, "a b", "a\n", "é", "{}"])
def test_a_request_id_that_is_not_plain_is_replaced(offered):
    assert request_id(offered) != offered
    assert request_id(offered) != request_id(offered)


def test_a_plain_request_id_is_kept():
    assert request_id("A.b_c-9") == "A.b_c-9"


@pytest.mark.parametrize("offered", [None, "", TRACE.upper(), TRACE + "x", "01" + TRACE[2:]])
def test_a_traceparent_of_another_shape_is_dropped(offered):
    assert traceparent(offered) is None
    assert traceparent(TRACE) == TRACE
