"""One table turns codes into statuses, and it is whole."""

import json

from contracts.errors import ErrorCode, ServiceError
from gateway.middleware.errors import STATUS, problem


def test_every_code_has_a_status():
    assert set(STATUS) == set(ErrorCode)


def test_a_problem_says_what_a_person_and_a_program_need():
    error = ServiceError(
        ErrorCode.NOTE_ALREADY_READ, "The note was already read.", read_at="then", content=""
    )
    response = problem(error, "r1")
    assert response.status == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert json.loads(response.body) == {
        "type": "urn:onasty:problem:note_already_read",
        "title": "Note already read",
        "status": 404,
        "detail": "The note was already read.",
        "code": "note_already_read",
        "request_id": "r1",
        "message": "The note was already read.",
        "read_at": "then",
        "content": "",
    }


def test_no_field_of_a_service_replaces_ours():
    error = ServiceError(ErrorCode.NOTE_EXPIRED, "The note has expired.", status=200, code="ok")
    body = json.loads(problem(error, "r1").body)
    assert (body["status"], body["code"]) == (410, "note_expired")


def test_what_may_be_tried_again_says_when():
    for code in ("unavailable", "timeout", "overloaded", "deadline_exceeded"):
        response = problem(ServiceError(ErrorCode(code), "x"), "r1")
        assert (response.status, response.headers["Retry-After"]) == (503, "1")


def test_a_bad_token_is_answered_with_the_scheme():
    response = problem(ServiceError(ErrorCode.UNAUTHENTICATED, "x"), "r1")
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
