"""The OpenAPI description of the routes.

`python -m gateway.description.openapi` writes it to `docs/openapi.json`; a test fails when that differs.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web
from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from contracts.errors import ErrorCode
from contracts.messages import Message
from gateway.description.operation import Identity, Operation, operation_of
from gateway.description.replies import COMPONENTS, HEADERS, problems, references
from gateway.http.cookie_sessions import CookieSessionHandlers
from gateway.http.descriptions import DescriptionHandlers
from gateway.http.jwks import JwksHandlers
from gateway.http.live import LiveHandlers
from gateway.http.me import MeHandlers
from gateway.http.notes import NoteHandlers
from gateway.http.oauth import OauthHandlers
from gateway.http.own_notes import OwnNoteHandlers
from gateway.http.passwords import PasswordHandlers
from gateway.http.sessions import SessionHandlers
from gateway.http.sign_up import SignUpHandlers
from gateway.live.messages import CONTENT_TYPE as EVENT_STREAM
from gateway.routes import account_routes, api_routes, description_routes, session_routes

FILE = Path(__file__).parents[5] / "docs" / "openapi.json"
REF = "#/components/schemas/{model}"
JSON = "application/json"
IN_BODY = "body."

INFO = {
    "title": "Onasty",
    "version": "1",
    "summary": "Self-hosted one-time notes",
    "description": (
        "Write a note, send its link; it is read once and then gone. An optional field may be `null`. "
        "Fields of a request that are not known are refused; a reader of replies ignores such. Times are "
        "RFC 3339 in UTC. Every answer has an `X-Request-Id`; a refusal is an `application/problem+json` "
        "with a `code`. What is refused with 503 `unavailable`, `overloaded` or `deadline_exceeded` was "
        "not done; after `timeout` it is not known."
    ),
    "license": {"name": "MIT", "identifier": "MIT"},
}

Json = dict[str, Any]
HandlersT = TypeVar("HandlersT")


def openapi(routes: Iterable[web.RouteDef]) -> Json:
    """The description of those routes whose handlers are described."""
    schemas: Json = {}
    paths: Json = {}
    for route in routes:
        operation = operation_of(route.handler)
        if operation is not None:
            # aiohttp's `{name:pattern}` is `{name}` here; the pattern stands in the parameter's schema.
            path = re.sub(r"{(\w+):(?:[^{}]|{[^{}]*})*}", r"{\1}", route.path)
            paths.setdefault(path, {})[route.method.lower()] = _operation(path, operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {**COMPONENTS, "schemas": dict(sorted({**COMPONENTS["schemas"], **schemas}.items()))},
    }


def _operation(path: str, operation: Operation, schemas: Json) -> Json:
    in_path = re.findall(r"{(\w+)}", path)
    parameters = [_from_message(operation, name, "path") for name in in_path]
    parameters += [_from_message(operation, name, "query") for name in operation.query]
    parameters += [
        {"name": name, "in": "header", "required": False, **says} for name, says in operation.headers.items()
    ]
    described: Json = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [_tag(path)],
        **({"description": inspect.cleandoc(operation.request.__doc__ or "")} if operation.request else {}),
        **({"deprecated": True} if operation.deprecated else {}),
        **({"parameters": parameters} if parameters else {}),
    }
    if operation.request is not None and operation.body:
        described["requestBody"] = _body(operation, in_path, schemas)
    described["responses"] = {
        str(operation.status.value): _success(operation, schemas),
        **problems(_refusals(operation, in_path)),
    }
    if operation.identity is not Identity.NOBODY:
        described["security"] = [{"cookie" if operation.identity is Identity.COOKIE else "bearer": []}]
        if operation.identity is Identity.ANYBODY:
            described["security"].append({})
    return described


def _tag(path: str) -> str:
    for part, tag in (
        ("/note", "notes"),
        ("/events", "notes"),
        ("/auth", "accounts"),
        ("/me", "accounts"),
        ("/oauth", "accounts"),
        ("/session", "accounts"),
    ):
        if path.startswith(f"/api/v1{part}"):
            return tag
    return "about"


def _refusals(operation: Operation, in_path: list[str]) -> set[ErrorCode]:
    codes = {ErrorCode.TOO_MANY_REQUESTS, ErrorCode.OVERLOADED, ErrorCode.INTERNAL, *operation.refusals}
    if operation.identity is not Identity.NOBODY:
        codes.add(ErrorCode.UNAUTHENTICATED)
    if operation.request is not None:
        codes |= {ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT, ErrorCode.DEADLINE_EXCEEDED}
    if in_path:
        codes.add(ErrorCode.NOT_FOUND)
    if in_path or operation.body or operation.query:
        codes.add(ErrorCode.INVALID_REQUEST)
    if operation.body:
        codes |= {ErrorCode.BODY_TOO_LARGE, ErrorCode.BODY_TOO_SLOW, ErrorCode.UNSUPPORTED_ENCODING}
    return codes


def _from_message(operation: Operation, name: str, place: str) -> Json:
    if operation.request is None:
        raise TypeError(f"{operation.id}: {name} is a field of no request")
    message = operation.request.model_json_schema()
    schema = message["properties"][name]
    if "$ref" in schema:
        schema = message["$defs"][schema["$ref"].rpartition("/")[2]]
    # A slug that is reserved is, in a path, the path of another operation.
    schema.pop("not", None)
    example = {"example": "launch-code"} if name == "slug" else {}
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "schema": _without_null(schema),
        **example,
    }


def _without_null(schema: Json) -> Json:
    # What is absent from a query is left out of it; there is no way to write null.
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    kept = {key: value for key, value in schema.items() if key not in {"anyOf", "default", "title"}}
    return {**kept, **choices[0]} if choices else kept


def _body(operation: Operation, in_path: list[str], schemas: Json) -> Json:
    assert operation.request is not None
    # By the operation's name: two messages may share one, and what the path gives is not in the body.
    name = operation.id.title().replace("_", "")
    reference = _schema(operation.request, "validation", schemas, name=name)
    component = schemas[name]
    for given in in_path:
        component["properties"].pop(given, None)
        component["required"] = [field for field in component.get("required", []) if field != given]
    if not component.get("required"):
        component.pop("required", None)
    examples = {
        re.sub(r"\W+", "_", name): {"summary": name, "value": value}
        for name, value in operation.examples.items()
    }
    return {
        "required": "required" in component,
        "content": {JSON: {"schema": reference, **({"examples": examples} if examples else {})}},
    }


def _success(operation: Operation, schemas: Json) -> Json:
    headers = references(HEADERS)
    headers |= {
        name: {"description": says, "schema": {"type": "string"}}
        for name, says in operation.reply_headers.items()
    }
    links = {target: _link(target, values) for target, values in operation.links.items()}
    return {
        "description": operation.status.phrase,
        "headers": headers,
        **({"content": _content(operation, schemas)} if operation.reply or operation.stream else {}),
        **({"links": links} if links else {}),
    }


def _content(operation: Operation, schemas: Json) -> Json:
    if not operation.stream:
        return {JSON: {"schema": _schema(operation.reply, "serialization", schemas)}}
    # OpenAPI 3.1 has no words for what a stream holds.
    data = {name: _schema(kind, "serialization", schemas) for name, kind in operation.stream.items()}
    says = "Server-sent events. The `data` of each is JSON, by its schema in `x-events`."
    schema = {"type": "string", "description": says}
    return {EVENT_STREAM: {"schema": schema, "example": operation.stream_example, "x-events": data}}


def _link(target: str, values: Mapping[str, str]) -> Json:
    body = {name.removeprefix(IN_BODY): value for name, value in values.items() if name.startswith(IN_BODY)}
    return {
        "operationId": target,
        "parameters": {name: value for name, value in values.items() if not name.startswith(IN_BODY)},
        **({"requestBody": body} if body else {}),
    }


def _schema(kind: Any, mode: JsonSchemaMode, schemas: Json, name: str = "") -> Json:
    """A reference to the type's schema, which is added to the components; a list's stands where it is."""
    schema = TypeAdapter(kind).json_schema(mode=mode, ref_template=REF)
    schemas |= schema.pop("$defs", {})
    if isinstance(kind, type) and issubclass(kind, Message):
        name = name or kind.__name__
        schemas[name] = schema
        return {"$ref": REF.format(model=name)}
    return schema


def described_routes() -> list[web.RouteDef]:
    """The routes, with handlers that are not connected to anything: good for their description alone."""
    return [
        *api_routes(_idle(NoteHandlers), _idle(OwnNoteHandlers), _idle(LiveHandlers)),
        *account_routes(_idle(SignUpHandlers), _idle(PasswordHandlers), _idle(MeHandlers)),
        *session_routes(
            _idle(SessionHandlers), _idle(CookieSessionHandlers), _idle(OauthHandlers), _idle(JwksHandlers)
        ),
        *description_routes(_idle(DescriptionHandlers)),
    ]


def _idle(kind: type[HandlersT]) -> HandlersT:
    return kind.__new__(kind)


def text() -> str:
    """The description as it is committed and served."""
    return json.dumps(openapi(described_routes()), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
