"""AsyncAPI 3.0 of all that crosses NATS, made from the registry.

`python -m contracts.asyncapi` writes it to `docs/asyncapi.json`; a test fails when that differs.
"""

from __future__ import annotations

import inspect
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from contracts import context
from contracts.errors import ERROR_CODE_HEADER, ERROR_HEADER, ErrorReply
from contracts.messages import Envelope, Event
from contracts.registry import REQUESTS, SERVICES, STREAMS, RequestType
from contracts.streams import ConsumerSpec

FILE = Path(__file__).parents[3] / "docs" / "asyncapi.json"
JSON = "application/json"

Json = dict[str, Any]


def asyncapi() -> Json:
    """One document for all services: channels are subjects, operations are what a service does there."""
    schemas: Json = {}
    channels: Json = {}
    messages: Json = {"error": _error(schemas)}
    operations: Json = {}
    for request in REQUESTS:
        _add_request(request, channels, messages, schemas)
    for name, service in SERVICES.items():
        for request in service.serves:
            operations[f"{name}.serves.{request.operation()}"] = _served(request)
        for request in service.calls:
            operations[f"{name}.calls.{request.operation()}"] = _asked("send", request)
        for event in service.emits:
            _add_event(event, channels, messages, schemas)
            operations[f"{name}.emits.{event.subject}"] = {
                "action": "send",
                "channel": _ref_channel(event.subject),
            }
        for consumer in service.consumers:
            operations |= _consumed(consumer)
        for event in (event for follow in service.follows for event in follow.events):
            operations[f"{name}.follows.{event.subject}"] = {
                "action": "receive",
                "channel": _ref_channel(event.subject),
            }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Onasty on NATS",
            "version": "1",
            "description": (
                "Requests and replies between the gateway and the services, and events. A reply comes to the "
                "inbox that the request names. Beside each request travel the headers of `RequestHeaders`."
            ),
            "license": {"name": "MIT"},
        },
        "defaultContentType": JSON,
        "servers": {"nats": {"host": "127.0.0.1:4222", "protocol": "nats"}},
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": {**dict(sorted(schemas.items())), "RequestHeaders": _REQUEST_HEADERS},
        },
        "x-streams": [asdict(stream) for stream in STREAMS],
    }


_REQUEST_HEADERS: Json = {
    "type": "object",
    "required": [context.DEADLINE],
    "properties": {
        context.DEADLINE: {
            "type": "string",
            "pattern": f"^[0-9]{{1,{context.MAX_DEADLINE_LENGTH}}}$",
            "description": "Unix milliseconds; what begins later is refused",
        },
        context.REQUEST_ID: {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
        context.ACTOR: {"type": "string", "description": "`user:<user id>:<session id>`"},
        context.CLIENT: {"type": "string", "description": "a keyed hash of the client's address"},
        context.IDEMPOTENCY_KEY: {"type": "string"},
        context.TRACEPARENT: {"type": "string", "description": "W3C Trace Context"},
    },
}


def _add_request(request: RequestType, channels: Json, messages: Json, schemas: Json) -> None:
    name, reply = request.subject, request.reply_type
    messages[name] = {
        "name": request.__name__,
        "summary": _summary(request),
        "description": inspect.cleandoc(request.__doc__ or ""),
        "headers": _ref("schemas", "RequestHeaders"),
        "payload": _schema(request, schemas, prefix=f"{request.service()}."),
    }
    messages[f"{name}.reply"] = {
        "name": reply.__name__,
        "summary": _summary(reply),
        "payload": _schema(reply, schemas, prefix=f"{request.service()}.", mode="serialization"),
    }
    channels[name] = {"address": name, "messages": {"request": _ref("messages", name)}}
    channels[f"{name}.reply"] = {
        "address": None,
        "messages": {
            "reply": _ref("messages", f"{name}.reply"),
            "error": _ref("messages", "error"),
        },
    }


def _add_event(event: type[Event], channels: Json, messages: Json, schemas: Json) -> None:
    name = f"{event.__name__}.envelope"
    payload = _schema(Envelope[event], schemas, prefix="events.", name=name)  # type: ignore[valid-type]
    schemas[f"events.{name}"]["properties"] |= {
        "type": {"const": event.subject},
        "source": {"const": f"/onasty/{event.service()}"},
    }
    messages[event.subject] = {
        "name": event.__name__,
        "summary": _summary(event),
        "contentType": "application/cloudevents+json",
        "payload": payload,
    }
    channels[event.subject] = {
        "address": event.subject,
        "messages": {"event": _ref("messages", event.subject)},
    }


def _served(request: RequestType) -> Json:
    return {
        **_asked("receive", request),
        "bindings": {"nats": {"queue": request.service()}},
    }


def _asked(action: str, request: RequestType) -> Json:
    return {
        "action": action,
        "channel": _ref_channel(request.subject),
        "reply": {"channel": _ref_channel(f"{request.subject}.reply")},
    }


def _consumed(consumer: ConsumerSpec) -> Json:
    return {
        f"{consumer.durable}.consumes.{subject}": {"action": "receive", "channel": _ref_channel(subject)}
        for subject in consumer.filter_subjects
    }


def _error(schemas: Json) -> Json:
    header = {"type": "string"}
    return {
        "name": ErrorReply.__name__,
        "summary": _summary(ErrorReply),
        "headers": {"type": "object", "properties": {ERROR_HEADER: header, ERROR_CODE_HEADER: header}},
        "payload": _schema(ErrorReply, schemas, mode="serialization"),
    }


def _schema(
    kind: type[BaseModel],
    schemas: Json,
    *,
    mode: JsonSchemaMode = "validation",
    prefix: str = "",
    name: str = "",
) -> Json:
    """A reference to the model's schema, which is added under its name.

    `prefix` keeps apart what has one name in two modules, as the reply and the event `NoteCreated`, or in two
    services, as `ChangePassword`.
    """
    schema = kind.model_json_schema(mode=mode, ref_template=f"#/components/schemas/{prefix}{{model}}")
    schemas |= {prefix + model: inner for model, inner in schema.pop("$defs", {}).items()}
    schemas[prefix + (name or kind.__name__)] = schema
    return _ref("schemas", prefix + (name or kind.__name__))


def _ref_channel(name: str) -> Json:
    return {"$ref": f"#/channels/{name}"}


def _ref(place: str, name: str) -> Json:
    return {"$ref": f"#/components/{place}/{name}"}


def _summary(message: type[BaseModel]) -> str:
    return inspect.cleandoc(message.__doc__ or "").split("\n\n")[0].replace("\n", " ")


def text() -> str:
    """The description as it is committed and served."""
    return json.dumps(asyncapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
