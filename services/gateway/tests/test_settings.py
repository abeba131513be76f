"""Settings that would break a promise are refused."""

import pytest
from pydantic import ValidationError

from gateway.settings import GatewaySettings

NEEDED = {
    "nats_url": "nats://127.0.0.1",
    "redis_url": "redis://127.0.0.1",
    "public_url": "http://127.0.0.1",
    "client_key": "k" * 32,
}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"heartbeat": 21}, "heartbeat"),
        ({"streams": 100, "max_connections": 100}, "GATEWAY_STREAMS must be less"),
        ({"drain_timeout": 20, "shutdown_timeout": 5}, "must fit into GATEWAY_STOP_TIMEOUT"),
    ],
)
def test_what_clients_cannot_rely_on_is_refused(wrong, named):
    with pytest.raises(ValidationError, match=named):
        GatewaySettings(**NEEDED, **wrong)


def test_what_they_can_is_taken():
    GatewaySettings(**NEEDED, heartbeat=20, streams=99, max_connections=100)
