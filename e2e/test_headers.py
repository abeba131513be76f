"""What every answer says, and what a note is not given to."""

import pytest

pytestmark = pytest.mark.e2e

EVERYWHERE = {
    "Server": "onasty",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/secret/anything", 200),
        ("GET", "/verify", 200),
        ("GET", "/icons/onasty.svg", 200),
        ("GET", "/assets/none", 404),
        ("GET", "/api/ping", 200),
        ("PUT", "/api/ping", 405),
        ("GET", "/api/nowhere", 404),
        ("GET", "/api/v1/note/nobody-wrote-it/meta", 404),
        ("GET", "/api/v1/note", 401),
        ("POST", "/api/v1/note", 400),
        ("GET", "/api/v1/note/" + "x" * 9000, 400),
    ],
)
async def test_every_answer_tells_browsers_the_same(api, method, path, status):
    answer = await api.call(method, path)
    assert answer.status == status
    assert EVERYWHERE.items() <= dict(answer.headers).items()
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    # By setting, and here is no TLS.
    assert "Strict-Transport-Security" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers
    if path.startswith("/api"):
        assert answer.headers["Cache-Control"] == "no-store"


async def test_the_files_of_the_viewer_are_sent_once(api, stack):
    # Each gateway by itself: its files may be of another time.
    url = f"{stack.endpoints.gateway}/api/docs/swagger-ui-bundle.js"
    first = await api.get(url)
    assert (first.status, first.headers["Cache-Control"]) == (200, "no-cache")
    again = await api.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert EVERYWHERE.items() <= dict(again.headers).items()
    none = await api.get("/api/docs/none.js")
    assert (none.status, none.headers["Cache-Control"]) == (404, "no-store")


@pytest.mark.parametrize("path", ["/", "/api/ping", "/api/nowhere", "/api/v1/note"])
async def test_an_expectation_changes_nothing(api, path):
    answer = await api.call("PATCH" if path == "/api/v1/note" else "GET", path, headers={"Expect": "canary"})
    assert answer.status in (200, 404, 405)
    assert EVERYWHERE.items() <= dict(answer.headers).items()
    assert "X-Request-Id" in answer.headers
    assert "RateLimit" in answer.headers
    assert "canary" not in answer.text


async def test_limits_are_told_with_each_answer(api):
    for answer in (await api.get("/api/ping"), await api.get("/api/nowhere")):
        assert answer.headers["RateLimit-Policy"].startswith('"general";q=')
        assert answer.headers["RateLimit"].startswith('"general";r=')


@pytest.mark.parametrize("header", [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}])
async def test_a_prefetch_reads_nothing(api, write, view, header):
    path = await write("not yet")
    for ask in (api.get(path, headers=header), api.post(f"{path}/view", {}, headers=header)):
        answer = await ask
        assert (answer.status, answer.json["code"]) == (403, "prefetch_refused")
    assert (await view(path)).json["content"] == "not yet"
