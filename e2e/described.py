"""The API as its description tells it: requests are made from it, answers are held against it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs

COMMITTED = Path(__file__).parents[1] / "docs" / "openapi.json"


@dataclass(frozen=True, slots=True)
class Target:
    """An operation, and what to ask it with."""

    id: str
    method: str
    path: str
    headers: Mapping[str, str]


class Description:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._operations = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }

    @classmethod
    def committed(cls) -> Description:
        return cls(json.loads(COMMITTED.read_text()))

    def successes(self) -> dict[tuple[str, str, int], str]:
        """The operation by its method, its path and the status that it has when all goes well."""
        return {
            (method, path, int(next(iter(operation["responses"])))): id
            for id, (method, path, operation) in self._operations.items()
        }

    def examples(self) -> Iterator[tuple[str, str, Any]]:
        """Operation, name and body of every example; an operation without a body is its own."""
        for id, (_, _, operation) in self._operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            for name, example in content.get("application/json", {}).get("examples", {"": {}}).items():
                yield id, name, example.get("value")

    def streams(self) -> set[str]:
        """Operations whose answer does not end by itself: test_live.py asks them."""
        return {id for id in self._operations if "text/event-stream" in self._content(id)}

    def check_event(self, id: str, name: str, data: Any) -> None:
        """Fails for a message of a stream that is not described."""
        events = self._content(id)["text/event-stream"]["x-events"]
        assert name in events, f"{id} does not tell of {name}"
        self._validate(events[name], data)

    def _content(self, id: str) -> Mapping[str, Any]:
        responses = self._operations[id][2]["responses"]
        content: Mapping[str, Any] = responses[next(iter(responses))].get("content", {})
        return content

    def _validate(self, schema: Mapping[str, Any], data: Any) -> None:
        whole = {**schema, "components": self.document["components"]}
        jsonschema_rs.validator_for(whole, validate_formats=True).validate(data)

    def example(self, id: str, name: str) -> Any:
        return next(value for *key, value in self.examples() if key == [id, name])

    def target(self, id: str, parameters: Mapping[str, str]) -> Target:
        """`parameters` by name, those of headers as `header.NAME`."""
        method, path, _ = self._operations[id]
        headers = {
            name.removeprefix("header."): value
            for name, value in parameters.items()
            if name.startswith("header.")
        }
        return Target(id, method, re.sub(r"{(\w+)}", lambda found: parameters[found[1]], path), headers)

    def linked(self, id: str, to: str, *, asked: Mapping[str, Any], answer: Any) -> Target:
        """Where the link of an answer leads. Expressions: `$request.body#/NAME`, `$response.body#/NAME`."""
        bodies = {"$request.body": asked, "$response.body": answer.json}
        response = self._operations[id][2]["responses"][str(answer.status)]
        parameters = {}
        for name, expression in response["links"][to]["parameters"].items():
            body, _, pointer = expression.partition("#/")
            parameters[name] = bodies[body][pointer]
        return self.target(response["links"][to]["operationId"], parameters)

    def check(self, id: str, answer: Any) -> None:
        """Fails for an answer that is not described."""
        responses = self._operations[id][2]["responses"]
        assert str(answer.status) in responses, f"{id} does not tell of {answer.status}"
        response = responses[str(answer.status)]
        content = response.get("content")
        if content is None:
            assert answer.body == b""
            return
        ((kind, says),) = content.items()
        assert answer.headers["Content-Type"].partition(";")[0] == kind
        self._validate(says["schema"], answer.json)

    def succeeded(self, id: str, answer: Any) -> None:
        """Fails unless the answer is what is described for when all goes well."""
        first = next(iter(self._operations[id][2]["responses"]))
        assert str(answer.status) == first, answer.text
        self.check(id, answer)
