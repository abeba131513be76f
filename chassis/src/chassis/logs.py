"""Structured logs: one JSON object a line, or text for a person.

Log facts, ids and codes; never a body, a slug, a token, an address. What an exception says may quote any
of these (a unique violation of PostgreSQL quotes the key), so of an exception only its kind and its
place are written, here and for every library.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor

from chassis import tracing

Logger = FilteringBoundLogger

# A line stays a line: what is longer than 16 KiB the engine of containers would cut.
ERRORS = 5
FRAMES = 15


def configure(service: str, *, level: str = "info", format: Literal["json", "text"] = "json") -> Logger:
    """Send this process's logs, libraries' included, to standard output; return the service's logger.

    What is bound with `structlog.contextvars` (the request id) stands in every line of that task, and so does
    the trace of what it does (`chassis.tracing`), as `trace_id`.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _trace_id,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _failure_without_values,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_foreign_place, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    log: Logger = structlog.get_logger(service).bind(service=service)
    return log


def failure(error: BaseException) -> list[str]:
    """What may be written of an error: the kinds along its chain of causes, each with its call stack.

    Of at most 5 errors the 15 innermost calls.
    """
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(seen) < ERRORS:
        seen.add(id(current))
        kind = type(current)
        state = getattr(current, "sqlstate", None)
        lines.append(f"{kind.__module__}.{kind.__qualname__}" + (f" {state}" if state else ""))
        frames = traceback.extract_tb(current.__traceback__, limit=-FRAMES)
        lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        current = current.__cause__ or current.__context__
    return lines


def _trace_id(_: Any, __: str, event: EventDict) -> EventDict:
    span = tracing.current()
    if span is not None and span.trace_id:
        event.setdefault("trace_id", span.trace_id)
    return event


def _failure_without_values(_: Any, __: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["failure"] = failure(error)
    return event


def _foreign_place(_: Any, __: str, event: EventDict) -> EventDict:
    # A library's message may quote what a peer sent: below our own lines it is named, not repeated.
    record: logging.LogRecord = event["_record"]
    event["event"] = f"logged by {record.name}"
    event["place"] = f"{record.pathname}:{record.lineno}"
    if record.exc_info:
        event["exc_info"] = record.exc_info
    return event
