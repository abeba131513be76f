from __future__ import annotations

from typing import Any

import pytest

from chassis import logs
from chassis.runtime import Runtime
from chassis.settings import ServiceSettings


@pytest.fixture
def make_runtime():
    """A runtime of any name with the given settings, as `run` would make it."""

    def make(name: str = "notes", settings: type[Any] = ServiceSettings, **values: Any) -> Runtime[Any]:
        values.setdefault("nats_url", "nats://127.0.0.1:1")
        return Runtime(name, settings(**values), logs.configure(name))

    return make
