"""The description of NATS has the shape of AsyncAPI 3.0: https://www.asyncapi.com/docs/reference/specification/v3.0.0."""

import re

import jsonschema_rs
import pytest

from contracts import asyncapi
from contracts.context import DEADLINE, RequestContext

REFERENCE = {
    "type": "object",
    "required": ["$ref"],
    "properties": {"$ref": {"type": "string"}},
    "additionalProperties": False,
}
TEXTS = {name: {"type": "string"} for name in ("name", "title", "summary", "description", "contentType")}
SHAPE = {
    "type": "object",
    "required": ["asyncapi", "info", "servers", "channels", "operations", "components"],
    "properties": {
        "asyncapi": {"const": "3.0.0"},
        "id": {},
        "info": {
            "required": ["title", "version"],
            "properties": {
                **{name: {"type": "string"} for name in ("title", "version", "description")},
                "license": {"required": ["name"], "properties": {"name": {}, "url": {}}},
            },
            "additionalProperties": False,
        },
        "defaultContentType": {"type": "string"},
        "servers": {"additionalProperties": {"type": "object", "required": ["host", "protocol"]}},
        "channels": {
            "additionalProperties": {
                "required": ["address", "messages"],
                "properties": {
                    "address": {"type": ["string", "null"]},
                    "messages": {"minProperties": 1, "additionalProperties": REFERENCE},
                },
                "additionalProperties": False,
            }
        },
        "operations": {
            "additionalProperties": {
                "required": ["action", "channel"],
                "properties": {
                    "action": {"enum": ["send", "receive"]},
                    "channel": REFERENCE,
                    "reply": {
                        "properties": {"channel": REFERENCE},
                        "additionalProperties": False,
                    },
                    "bindings": {"type": "object"},
                },
                "additionalProperties": False,
            }
        },
        "components": {
            "properties": {
                "messages": {
                    "propertyNames": {"pattern": r"^[\w.-]+$"},
                    "additionalProperties": {
                        "required": ["payload"],
                        "properties": {**TEXTS, "headers": {}, "payload": {}},
                        "additionalProperties": False,
                    },
                },
                "schemas": {
                    "propertyNames": {"pattern": r"^[\w.-]+$"},
                    "additionalProperties": {"type": "object"},
                },
            },
            "additionalProperties": False,
        },
    },
    "patternProperties": {"^x-": {}},
    "additionalProperties": False,
}


def test_the_document_has_the_shape_of_its_version():
    document = asyncapi.asyncapi()
    jsonschema_rs.validator_for(SHAPE).validate(document)
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_every_channel_is_used_by_an_operation_and_every_message_by_a_channel():
    document = asyncapi.asyncapi()
    operations = document["operations"].values()
    used = {operation["channel"]["$ref"] for operation in operations}
    used |= {operation["reply"]["channel"]["$ref"] for operation in operations if "reply" in operation}
    assert used == {f"#/channels/{name}" for name in document["channels"]}
    messages = {
        message["$ref"]
        for channel in document["channels"].values()
        for message in channel["messages"].values()
    }
    assert messages == {f"#/components/messages/{name}" for name in document["components"]["messages"]}


@pytest.mark.parametrize(("deadline", "taken"), [("9" * 15, True), ("9" * 16, False), ("", False)])
def test_a_deadline_is_described_as_it_is_read(deadline, taken):
    header = asyncapi.asyncapi()["components"]["schemas"]["RequestHeaders"]["properties"][DEADLINE]
    assert bool(re.search(header["pattern"], deadline)) is taken
    if taken:
        assert RequestContext.from_headers({DEADLINE: deadline}).deadline_ms == int(deadline)
    else:
        with pytest.raises(Exception, match="malformed"):
            RequestContext.from_headers({DEADLINE: deadline})
