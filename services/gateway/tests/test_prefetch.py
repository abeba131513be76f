"""Nobody has asked yet for what is fetched ahead."""

import pytest
from aiohttp.test_utils import make_mocked_request

from contracts.errors import ServiceError
from gateway.http.prefetch import refuse_prefetch


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sec-Purpose", "prefetch"),
        ("Sec-Purpose", "prefetch;prerender"),
        ("Sec-Purpose", " Prefetch; anonymous-client-ip"),
        ("Purpose", "prefetch"),
        ("X-Purpose", "preview"),
        ("X-Moz", "prefetch"),
    ],
)
def test_what_is_fetched_ahead_is_refused(name, value):
    with pytest.raises(ServiceError) as caught:
        refuse_prefetch(make_mocked_request("GET", "/", headers={name: value}))
    assert caught.value.code == "prefetch_refused"


def test_everything_else_is_not():
    refuse_prefetch(make_mocked_request("GET", "/", headers={"Purpose": "reading", "Sec-Fetch-Mode": "cors"}))
