"""Log lines: structured, with the request id, and without what errors quote."""

import json
import logging

import pytest
import structlog

from chassis import logs

SECRET = "correct horse battery staple"


@pytest.fixture(autouse=True)
def restored():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.contextvars.clear_contextvars()


def lines(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_is_a_json_object_with_the_request_id(capsys):
    log = logs.configure("notes")
    structlog.contextvars.bind_contextvars(request_id="r1")
    log.info("happened", code="ok")
    (line,) = lines(capsys)
    assert line | {"timestamp": ""} == {
        "event": "happened",
        "code": "ok",
        "request_id": "r1",
        "level": "info",
        "service": "notes",
        "timestamp": "",
    }


@pytest.mark.parametrize("format", ["json", "text"])
def test_an_error_is_written_by_kind_and_place_without_its_text(capsys, format):
    log = logs.configure("notes", format=format)
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as cause:
            raise RuntimeError(SECRET) from cause
    except RuntimeError as error:
        log.error("failed", exc_info=error)
    written = capsys.readouterr().out
    assert SECRET not in written
    assert "builtins.RuntimeError" in written
    assert "builtins.ValueError" in written
    assert "test_logs.py" in written


def test_a_line_stays_short_however_deep_the_error_is(capsys):
    def deep(rest):
        if rest:
            deep(rest - 1)
        raise ValueError(SECRET)

    def caused(rest):
        try:
            if rest:
                caused(rest - 1)
            deep(300)
        except (ValueError, RuntimeError) as cause:
            raise RuntimeError(SECRET) from cause

    try:
        caused(200)
    except RuntimeError as error:
        logs.configure("notes").error("failed", exc_info=error)
    (line,) = capsys.readouterr().out.splitlines()
    assert len(line) < 16 * 1024
    assert json.loads(line)["failure"][0] == "builtins.RuntimeError"


def test_of_many_calls_the_innermost_are_written():
    def deep(rest):
        if rest:
            deep(rest - 1)
        else:
            int("no number")

    with pytest.raises(ValueError, match="no number") as error:
        deep(300)
    kind, *places = logs.failure(error.value)
    assert kind == "builtins.ValueError"
    assert len(places) == 15
    assert places[-1].endswith(f":{error.traceback[-1].lineno + 1} deep")


def test_a_library_is_named_and_not_repeated(capsys):
    logs.configure("notes")
    logging.getLogger("asyncio").error("lost %s", SECRET)
    written = capsys.readouterr().out
    assert SECRET not in written
    assert "logged by asyncio" in written


def test_below_the_level_nothing_is_written(capsys):
    logs.configure("notes", level="warning").info("quiet")
    assert capsys.readouterr().out == ""
