"""Who a client is: never what it says of itself."""

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from gateway.client_address import FORWARDED, MAX_HOPS, X_FORWARDED_FOR, ClientAddresses, networks

KEY = b"k" * 32
PROXIES = "10.0.0.0/8, 2001:db8:aaaa::/48"


def name(peer, *values, header=X_FORWARDED_FOR, trusted=PROXIES):
    headers = CIMultiDict([(header, value) for value in values])
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=peer)
    return ClientAddresses(KEY, networks(trusted), header).name(request)


def of(address):
    return name(address, trusted="")


@pytest.mark.parametrize(
    ("peer", "values", "client"),
    [
        ("192.0.2.1", ["198.51.100.1"], "192.0.2.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["198.51.100.1, 192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["198.51.100.1, 192.0.2.1, 10.2.3.4"], "192.0.2.1"),
        ("10.0.0.1", ["198.51.100.1", "192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["192.0.2.1:4711"], "192.0.2.1"),
        ("10.0.0.1", ["::ffff:192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["[2001:db8:1:2::3]:4711"], "2001:db8:1:2::3"),
        ("2001:db8:aaaa::1", ["192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["192.0.2.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["192.0.2.1, "], "10.0.0.1"),
        ("10.0.0.1", ["192.0.2.1, nonsense, 10.2.3.4"], "10.2.3.4"),
        ("10.0.0.1", ["10.9.9.9"], "10.9.9.9"),
    ],
)
def test_the_rightmost_that_is_not_trusted_is_the_client(peer, values, client):
    assert name(peer, *values) == of(client)


@pytest.mark.parametrize(
    ("value", "client"),
    [
        ("for=192.0.2.1", "192.0.2.1"),
        ("for=198.51.100.1, For=192.0.2.1;proto=https;by=10.0.0.1", "192.0.2.1"),
        ('for="[2001:db8:1:2::3]:4711"', "2001:db8:1:2::3"),
        ("for=192.0.2.1, for=_hidden", "10.0.0.1"),
        ("for=192.0.2.1, proto=https", "10.0.0.1"),
        ("for=192.0.2.1;for=192.0.2.2", "10.0.0.1"),
    ],
)
def test_forwarded_is_read_as_rfc_7239_has_it(value, client):
    assert name("10.0.0.1", value, header=FORWARDED) == of(client)


def test_no_more_hops_are_read_than_anybody_honest_has():
    ours = ["10.2.3.4"] * MAX_HOPS
    assert name("10.0.0.1", ", ".join(["192.0.2.1", *ours[1:]])) == of("192.0.2.1")
    assert name("10.0.0.1", ", ".join(["192.0.2.1", *ours])) == of("10.2.3.4")


def test_the_header_that_the_proxy_does_not_write_is_not_read():
    headers = {FORWARDED: "for=198.51.100.1", X_FORWARDED_FOR: "192.0.2.1"}
    request = make_mocked_request("GET", "/", headers=headers).clone(remote="10.0.0.1")
    assert ClientAddresses(KEY, networks(PROXIES)).name(request) == of("192.0.2.1")


def test_ipv6_counts_by_64_bits_and_ipv4_by_all():
    assert of("2001:db8:1:2::1") == of("2001:db8:1:2:ffff:ffff:ffff:ffff") == of("2001:db8:1:2::1%eth0")
    assert of("2001:db8:1:2::1") != of("2001:db8:1:3::1")
    assert of("192.0.2.1") != of("192.0.2.2")


def test_a_name_is_a_keyed_hash_and_no_account_has_it():
    clients = ClientAddresses(KEY)
    request = make_mocked_request("GET", "/").clone(remote="192.0.2.1")
    assert clients.name(request) != ClientAddresses(b"x" * 32).name(request)
    assert clients.account("192.0.2.1") != clients.name(request)
    assert len(clients.name(request)) == 32


def test_what_is_no_network_is_refused():
    assert networks("") == ()
    for text in ("10.0.0.1/8", "proxy.example.org", "*"):
        with pytest.raises(ValueError, match="networks are"):
            networks(text)
