"""The web client's files: types, caching, codings, policies, and what is not there."""

import pytest

from chassis.settings import SettingsError
from gateway.http.pages import PageHandlers

pytestmark = pytest.mark.integration

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGE = "<!doctype html>the page"
SCRIPT = "/assets/app-1a2b.js"
FOR_EVER = "public, max-age=31536000, immutable"


def policy(answer):
    directives = (part.split() for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: set(values) for name, *values in directives}


@pytest.mark.parametrize(
    ("path", "indexed"),
    [
        ("/", True),
        ("/how-it-works", True),
        ("/secret/Jx2mVfrXyGg6JqPZ0n0o8w", False),
        ("/manage/Jx2mVfrXyGg6JqPZ0n0o8w", False),
        ("/notes", False),
        ("/auth", False),
        ("/verify", False),
        ("/reset", False),
        ("/change-email", False),
        ("/oauth/callback", False),
        ("/dashboard", False),
        ("/profile", False),
    ],
)
async def test_every_page_is_the_one_document(http, path, indexed):
    answer = await http.get(path)
    assert (answer.status, await answer.text()) == (200, PAGE)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers.get("X-Robots-Tag") == (None if indexed else "noindex")
    assert (
        policy(answer).items()
        >= {
            "default-src": {"'none'"},
            "script-src": {"'self'"},
            "style-src": {"'self'"},
            "connect-src": {"'self'"},
            "worker-src": {"'self'"},
            "base-uri": {"'none'"},
            "form-action": {"'none'"},
            "frame-ancestors": {"'none'"},
            "require-trusted-types-for": {"'script'"},
            "trusted-types": {"svelte-trusted-html", "onasty-worker"},
        }.items()
    )


async def test_a_page_is_sent_once(http):
    first = await http.get("/")
    known = {"If-None-Match": f'"another", W/{first.headers["ETag"]}'}
    again = await http.get("/secret/x", headers=known)
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Vary"] == "Accept-Encoding"
    assert again.headers["X-Robots-Tag"] == "noindex"
    other = await http.get("/", headers={"If-None-Match": '"another"'})
    assert other.status == 200


@pytest.mark.parametrize(
    ("path", "kind", "content", "caching"),
    [
        (SCRIPT, "text/javascript; charset=utf-8", "the script", FOR_EVER),
        ("/assets/style-3c4d.css", "text/css; charset=utf-8", "the style", FOR_EVER),
        (
            "/icons/onasty.svg",
            "image/svg+xml",
            "<svg xmlns='http://www.w3.org/2000/svg'/>",
            "public, max-age=3600",
        ),
        ("/robots.txt", "text/plain; charset=utf-8", "User-agent: *", "public, max-age=3600"),
        ("/site.webmanifest", "application/manifest+json", "{}", "public, max-age=3600"),
    ],
)
async def test_files_are_what_they_say(http, path, kind, content, caching):
    answer = await http.get(path)
    assert (answer.status, await answer.text()) == (200, content)
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Cache-Control"] == caching
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    # Opened by itself, an SVG is a document.
    assert policy(answer) == {"default-src": {"'none'"}, "frame-ancestors": {"'none'"}}


async def test_the_worker_alone_may_compile(http):
    worker = await http.get("/assets/argon2-5e6f.js")
    assert policy(worker) == {"default-src": {"'none'"}, "script-src": {"'self'", "'wasm-unsafe-eval'"}}
    for path in ("/", SCRIPT, "/nowhere"):
        other = await http.get(path, headers=HTML)
        assert "wasm-unsafe-eval" not in other.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("accepted", "coding", "content"),
    [
        ("gzip, deflate, br, zstd", "br", "the script in br"),
        ("gzip, BR;q=0.1", "br", "the script in br"),
        ("gzip", "gzip", "the script in gzip"),
        ("br;q=0, gzip;q=0.5", "gzip", "the script in gzip"),
        ("br; q=0.000, gzip;q=0", None, "the script"),
        ("deflate, abracadabra", None, "the script"),
        ("", None, "the script"),
    ],
)
async def test_files_come_in_the_best_coding_that_the_client_takes(http, accepted, coding, content):
    answer = await http.get(SCRIPT, headers={"Accept-Encoding": accepted})
    assert (answer.status, await answer.text()) == (200, content)
    assert answer.headers.get("Content-Encoding") == coding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"


async def test_each_coding_has_a_tag_of_its_own(http):
    codings = ("identity", "gzip", "br")
    answers = [await http.get("/", headers={"Accept-Encoding": coding}) for coding in codings]
    assert len({answer.headers["ETag"] for answer in answers}) == len(codings)


async def test_what_is_not_compressed_comes_as_it_is(http):
    answer = await http.get("/assets/style-3c4d.css", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/", "/secret/x", SCRIPT, "/icons/onasty.svg", "/nowhere"])
async def test_a_head_says_what_a_get_would(http, path):
    got = await http.get(path, headers=HTML)
    headed = await http.head(path, headers=HTML)
    assert (headed.status, await headed.read()) == (got.status, b"")
    for name in ("Content-Length", "Content-Type", "Cache-Control", "ETag", "Vary"):
        assert headed.headers.get(name) == got.headers.get(name)


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/secret/", "/secret/a/b", "/assets", "/index.html", "/.made-of", "/.vite/manifest.json"],
)
async def test_people_who_go_nowhere_see_a_page_and_programs_a_problem(http, path):
    page = await http.get(path, headers=HTML)
    assert (page.status, await page.text()) == (404, PAGE)
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "ETag" not in page.headers
    assert policy(page)["script-src"] == {"'self'"}
    for headers in ({}, {"Accept": "application/json"}):
        problem = await http.get(path, headers=headers)
        assert (problem.status, (await problem.json())["code"]) == (404, "not_found")
        assert problem.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/none.js",
        "/assets/app-1a2b.js/",
        f"/assets/{'x' * 300}",
        "/assets/app-1a2b.js.br",
        "/assets/..%2Findex.html",
        "/assets/%2e%2e%2f.made-of",
        "/assets/%00",
        "/api/nowhere",
        "/.well-known/nowhere",
    ],
)
async def test_what_no_page_can_be_is_a_problem_for_everybody(http, path):
    answer = await http.get(path, headers=HTML)
    assert (answer.status, (await answer.json())["code"]) == (404, "not_found")
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_page_is_only_read(http):
    answer = await http.post("/secret/x", headers=HTML)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert (await http.post("/nowhere", headers=HTML)).content_type == "application/problem+json"


def test_a_folder_without_a_client_is_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"has no index\.html"):
        PageHandlers(tmp_path)
