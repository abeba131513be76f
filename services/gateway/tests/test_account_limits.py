"""The limits of an account: what a body names, however it is spelled."""

import json

import pytest
from aiohttp.test_utils import make_mocked_request

from contracts.auth.rpc import EMAIL_MAX_LENGTH
from gateway.client_address import ClientAddresses
from gateway.limits.quota import Quota, Verdict
from gateway.middleware import limits
from gateway.middleware.context import CLIENT
from gateway.middleware.limits import Purpose, RequestLimits

QUOTA = Quota("account", 1, 1)


class Recorder:
    """A limiter that allows everything and keeps whom it was asked about."""

    def __init__(self):
        self.asked = []

    async def account(self, account, client):
        assert client == "client"
        self.asked.append(account)
        return Verdict(QUOTA, allowed=True, remaining=0, reset=0)


async def buckets(*emails, purpose=Purpose.SIGN_IN):
    recorder = Recorder()
    checks = RequestLimits(recorder, ClientAddresses(b"k" * 32))
    for email in emails:
        request = make_mocked_request("POST", "/")
        request[CLIENT] = "client"
        await checks.account(request, purpose, json.dumps({"email": email}).encode())
    return recorder.asked


@pytest.mark.parametrize(
    "spelling",
    [
        "Victim@B\u00dcCHER.example ",
        "victim@xn--bcher-kva.example",
        "victim@bu\u0308cher.example",
        "victim@b\u00fccher\u3002example",
        "victim@b\u00fcche\ufe0fr.example",
        "victim@\uff42\u00fccher.example",
    ],
)
async def test_every_spelling_that_auth_takes_for_an_address_has_its_bucket(spelling):
    first, second = await buckets("victim@b\u00fccher.example", spelling)
    assert first == second


async def test_other_accounts_have_other_buckets():
    assert len(set(await buckets("a@example.org", "b@example.org", "a@example.com"))) == 3


async def test_letters_have_buckets_of_their_own():
    address = "a@example.org"
    assert await buckets(address) != await buckets(address, purpose=Purpose.LETTER)


async def test_what_is_too_long_for_an_address_is_not_even_normalised(monkeypatch):
    def never(_):
        raise AssertionError("this takes seconds for 80 KB of combining marks")

    monkeypatch.setattr(limits, "address_of", never)
    assert await buckets("a" + "\u0301\u0327" * (EMAIL_MAX_LENGTH // 2)) == []


async def test_what_is_no_address_has_no_bucket():
    assert await buckets("nobody", "@", "a@b@c", "", 7, None) == []
