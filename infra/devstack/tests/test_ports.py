import socket

import pytest

from devstack.errors import StackError
from devstack.ports import HIGHEST, LOOPBACK, LOWEST, free_ports, require_free


def test_ports_are_different_and_below_those_of_outgoing_connections():
    ports = free_ports(50)

    assert len(set(ports)) == 50
    assert all(LOWEST <= port <= HIGHEST for port in ports)


def test_a_port_that_somebody_was_promised_is_not_chosen():
    promised = set(range(LOWEST, HIGHEST + 1, 2))

    assert not promised & set(free_ports(100, but=promised))


def test_more_ports_than_there_are_is_an_error():
    with pytest.raises(StackError, match="free ports"):
        free_ports(HIGHEST)


def test_a_taken_port_is_named_with_a_way_out():
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]

        with pytest.raises(StackError, match=f"Port {port} is taken.*--port 0"):
            require_free(port)


def test_a_port_of_connections_that_linger_is_free():
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((LOOPBACK, port)):
            accepted, _ = server.accept()
            accepted.close()

    require_free(port)
