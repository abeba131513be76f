"""The committed descriptions are what the code says now."""

import functools
import json
import operator
import re

import pytest
from aiohttp import web

from contracts import asyncapi
from contracts.registry import REQUESTS, SERVICES
from gateway.description import openapi
from gateway.description.operation import operation_of


@pytest.mark.parametrize("description", [openapi, asyncapi], ids=["openapi", "asyncapi"])
def test_no_description_has_drifted_from_its_committed_file(description):
    committed = description.FILE.read_text()
    assert committed == description.text(), "the API changed: if you mean it, run ./task gen and commit"


@pytest.mark.parametrize("description", [openapi, asyncapi], ids=["openapi", "asyncapi"])
def test_every_reference_leads_somewhere(description):
    document = json.loads(description.text())

    def references(part):
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            part = list(part.values())
        if isinstance(part, list):
            for inner in part:
                yield from references(inner)

    found = set(references(document))
    assert len(found) > 10
    for reference in found:
        functools.reduce(operator.getitem, reference.removeprefix("#/").split("/"), document)


def test_every_body_has_the_fields_of_its_own_request():
    description = openapi.openapi(openapi.described_routes())
    schemas = description["components"]["schemas"]
    checked = 0
    for route in openapi.described_routes():
        operation = operation_of(route.handler)
        if operation is None or not operation.body:
            continue
        path = re.sub(r"{(\w+):[^/]*}", r"{\1}", route.path)
        described = description["paths"][path][route.method.lower()]
        reference = described["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        in_path = set(re.findall(r"{(\w+)}", path))
        fields = set(operation.request.model_fields) - in_path
        assert set(schemas[reference.rpartition("/")[2]]["properties"]) == fields, operation.id
        checked += 1
    assert checked > 15


def test_every_request_on_nats_has_its_own_fields():
    document = asyncapi.asyncapi()
    for request in REQUESTS:
        reference = document["components"]["messages"][request.subject]["payload"]["$ref"]
        schema = document["components"]["schemas"][reference.rpartition("/")[2]]
        assert set(schema.get("properties", {})) == set(request.model_fields), request.subject


def test_every_route_of_the_api_is_described():
    silent = [
        route.path
        for route in openapi.described_routes()
        if isinstance(route, web.RouteDef)
        and route.path.startswith("/api/v1")
        and operation_of(route.handler) is None
    ]
    assert silent == []


def test_every_operation_has_an_id_of_its_own_and_every_link_leads_to_one():
    description = openapi.openapi(openapi.described_routes())
    operations = [operation for path in description["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    linked = {
        link["operationId"]
        for operation in operations
        for response in operation["responses"].values()
        for link in response.get("links", {}).values()
    }
    assert linked
    assert linked <= set(ids)


def test_every_request_that_the_gateway_calls_for_a_client_is_described():
    described = {
        operation.request
        for operation in map(operation_of, (route.handler for route in openapi.described_routes()))
        if operation is not None and operation.request is not None
    }
    # What the gateway asks for itself, and what is a part of another answer (`/me` and its export).
    undescribed = {request.operation() for request in set(SERVICES["gateway"].calls) - described}
    assert undescribed <= {"signing_keys", "count_notes", "export_notes"}
