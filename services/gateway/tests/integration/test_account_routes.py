"""The routes of accounts: what they ask of auth and notes, and what they answer."""

import json
import math
from datetime import UTC, datetime
from uuid import UUID, uuid4

import jwt
import pytest

from contracts.auth.rpc import (
    Accepted,
    ChangePassword,
    ConfirmEmailChange,
    CurrentUser,
    CurrentUserReply,
    DeleteAccount,
    ExportAccount,
    ExportReply,
    IdentitiesReply,
    ListIdentities,
    ListSessions,
    RefreshSession,
    RequestEmailChange,
    RequestPasswordReset,
    ResetPassword,
    RevokeSession,
    Session,
    SessionsReply,
    SignIn,
    SignOut,
    SignOutEverywhere,
    Tokens,
    UnlinkIdentity,
    VerifyEmail,
)
from contracts.errors import ErrorCode, ServiceError
from contracts.notes.rpc import CountNotes, ExportedNote, ExportNotes, ExportPage, NoteCount

from .conftest import signed_in

pytestmark = pytest.mark.integration

TOKEN = "x" * 43
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
AUTH = "/api/v1/auth"
USER = CurrentUserReply(
    user_id=uuid4(), email="ada@example.com", created_at=NOW, last_login_at=NOW, has_password=True
)
SESSION = Session(id=uuid4(), created_at=NOW, last_used_at=NOW, expires_at=NOW, current=True)
TOKENS = Tokens(access_token="a.b.c", refresh_token="r" * 43)


async def ask(http, method, path, **options):
    async with http.request(method, path, allow_redirects=False, **options) as answer:
        await answer.read()
        return answer


FORWARDED = [
    ("POST", f"{AUTH}/signin", {"email": "a", "password": "b"}, SignIn, TOKENS, 200),
    ("POST", f"{AUTH}/refresh-tokens", {"refresh_token": "r"}, RefreshSession, TOKENS, 200),
    ("POST", f"{AUTH}/logout", {"refresh_token": "r"}, SignOut, Accepted(), 204),
    ("POST", f"{AUTH}/logout/all", None, SignOutEverywhere, Accepted(), 204),
    ("DELETE", f"{AUTH}/sessions/{SESSION.id}", None, RevokeSession, Accepted(), 204),
    ("GET", f"{AUTH}/identities", None, ListIdentities, IdentitiesReply(identities=[]), 200),
    ("DELETE", f"{AUTH}/identities/github", None, UnlinkIdentity, Accepted(), 204),
    (
        "POST",
        f"{AUTH}/change-password",
        {"current_password": "x", "new_password": "y" * 8},
        ChangePassword,
        Accepted(),
        200,
    ),
    ("POST", f"{AUTH}/reset-password", {"email": "a"}, RequestPasswordReset, Accepted(), 200),
    (
        "POST",
        f"{AUTH}/reset-password/confirm",
        {"token": TOKEN, "password": "y" * 8},
        ResetPassword,
        Accepted(),
        200,
    ),
    ("POST", f"{AUTH}/change-email", {"new_email": "a"}, RequestEmailChange, Accepted(), 200),
    ("POST", f"{AUTH}/change-email/confirm", {"token": TOKEN}, ConfirmEmailChange, Accepted(), 200),
    ("DELETE", "/api/v1/me", {"password": "x"}, DeleteAccount, Accepted(), 204),
    ("DELETE", "/api/v1/me", None, DeleteAccount, Accepted(), 204),
    # The Go Onasty's, with the token in the path.
    ("POST", f"{AUTH}/verify/{TOKEN}", None, VerifyEmail, Accepted(), 200),
    ("POST", f"{AUTH}/reset-password/{TOKEN}", {"password": "y" * 8}, ResetPassword, Accepted(), 200),
    ("POST", f"{AUTH}/change-email/{TOKEN}", None, ConfirmEmailChange, Accepted(), 200),
]


@pytest.mark.parametrize(("method", "path", "body", "request_type", "reply", "status"), FORWARDED)
async def test_a_route_asks_and_answers(
    http, serving, bearer, method, path, body, request_type, reply, status
):
    async with serving("auth", {request_type: reply}) as auth:
        answer = await ask(http, method, path, json=body, headers=bearer)
    assert answer.status == status
    ((asked, context),) = auth.asked
    assert context.actor is not None
    told = asked.model_dump(mode="json", exclude_none=True)
    in_path = path.rpartition("/")[2]
    assert all(value in (*(body or {}).values(), in_path) for value in told.values())
    assert set(body or {}) <= set(told)
    assert (await answer.json() if status == 200 else {}) == (
        reply.model_dump(exclude_none=True) if status == 200 else {}
    )


@pytest.mark.parametrize(
    ("path", "page"), [(f"{AUTH}/verify", "verify"), (f"{AUTH}/change-email", "change-email")]
)
async def test_a_get_of_a_link_uses_nothing_up_and_leads_to_its_page(http, serving, path, page):
    async with serving("auth", {VerifyEmail: Accepted(), ConfirmEmailChange: Accepted()}) as auth:
        answer = await ask(http, "GET", f"{path}/{TOKEN}")
        assert (answer.status, answer.headers["Location"]) == (303, f"http://127.0.0.1:8080/{page}#{TOKEN}")
        # What could end the header, or is no token.
        for other in (f"{TOKEN[:-3]}%0d%0a", "short", f"{TOKEN}x"):
            assert (await ask(http, "GET", f"{path}/{other}")).status in {404, 405}
    assert auth.asked == []


async def test_a_token_in_a_path_is_in_no_log_and_no_metric(http, serving, capsys):
    canary = "canary" * 7 + "c"
    async with serving("auth", {VerifyEmail: ServiceError(ErrorCode.INTERNAL, "no")}):
        assert (await ask(http, "POST", f"{AUTH}/verify/{canary}")).status == 500
    said = capsys.readouterr().out
    assert "/api/v1/auth/verify/{token}" in said
    assert "canary" not in said


async def test_a_body_may_not_say_what_the_path_says(http, serving):
    async with serving("auth", {ResetPassword: Accepted()}) as auth:
        body = {"token": "y" * 43, "password": "y" * 8}
        answer = await ask(http, "POST", f"{AUTH}/reset-password/{TOKEN}", json=body)
        assert (answer.status, (await answer.json())["detail"]) == (400, "token: unknown field")
    assert auth.asked == []


async def test_to_sign_out_one_has_to_be_somebody(http, serving):
    async with serving("auth", {SignOut: Accepted()}) as auth:
        answer = await ask(http, "POST", f"{AUTH}/logout", json={"refresh_token": "r"})
        assert (answer.status, (await answer.json())["code"]) == (401, "unauthenticated")
    assert auth.asked == []


async def test_sessions_are_a_list(http, serving, bearer):
    async with serving("auth", {ListSessions: SessionsReply(sessions=[SESSION])}):
        answer = await ask(http, "GET", f"{AUTH}/sessions", headers=bearer)
    assert answer.status == 200
    assert await answer.json() == [SESSION.model_dump(mode="json")]


async def test_guesses_of_a_user_are_limited_by_account_and_nobody_elses(http, serving, bearer):
    wrong = ServiceError(ErrorCode.PASSWORD_WRONG, "wrong")
    body = {"current_password": "x", "new_password": "y" * 8}

    async def guess(headers=bearer, **also):
        answer = await ask(http, "POST", f"{AUTH}/change-password", json=body | also, headers=headers)
        return answer.status

    async with serving("auth", {ChangePassword: wrong, SignIn: wrong}):
        assert [await guess() for _ in range(6)] == [400] * 5 + [429]
        assert (await ask(http, "DELETE", "/api/v1/me", headers=bearer)).status == 429
        # A token does not turn guesses at another's account into guesses at one's own.
        credentials = {"email": f"{uuid4()}@example.com", "password": "x"}
        somebody = [
            await ask(http, "POST", f"{AUTH}/signin", json=credentials, headers=headers)
            for headers in [{}] * 3 + [bearer] * 3
        ]
        assert [answer.status for answer in somebody] == [400] * 5 + [429]


async def test_me_is_what_auth_and_notes_say(http, serving, bearer):
    async with serving("auth", {CurrentUser: USER}), serving("notes", {CountNotes: NoteCount(created=3)}):
        answer = await ask(http, "GET", "/api/v1/me", headers=bearer)
    assert answer.status == 200
    assert await answer.json() == {
        "email": "ada@example.com",
        "created_at": "2026-01-31T12:00:00Z",
        "last_login_at": "2026-01-31T12:00:00Z",
        "notes_created": 3,
        "has_password": True,
    }


async def test_me_without_notes_is_unavailable_and_for_nobody_unauthenticated(http, serving, bearer):
    async with serving("auth", {CurrentUser: USER}):
        answer = await ask(http, "GET", "/api/v1/me", headers=bearer)
        assert (answer.status, (await answer.json())["code"]) == (503, "unavailable")
    async with serving("auth", {CurrentUser: ServiceError(ErrorCode.UNAUTHENTICATED, "no")}):
        # Whatever notes says: who is nobody learns that first.
        assert (await ask(http, "GET", "/api/v1/me", headers=bearer)).status == 401


def note(slug):
    return ExportedNote.model_validate(
        {
            "slug": slug,
            "content": 'of "me"',
            "keep_before_expiration": False,
            "has_password": False,
            "created_at": NOW,
            "expires_at": NOW,
            "read_at": None,
            "state": "unread",
            "max_views": 1,
            "views_taken": 0,
            "refused_attempts": 0,
        }
    )


PAGES = {
    None: ExportPage(notes=[note("a"), note("b")], next="p" * 22),
    "p" * 22: ExportPage(notes=[], next="q" * 22),
    "q" * 22: ExportPage(notes=[note("c")]),
}
HELD = ExportReply.model_validate(
    {"account": USER, "sessions": [SESSION], "identities": [], "email_changes": []}
)


async def test_an_export_is_one_document_of_all_pages(http, serving, bearer):
    pages = {ExportNotes: lambda request, _: PAGES[request.after]}
    async with serving("auth", {ExportAccount: HELD}), serving("notes", pages):
        answer = await ask(http, "GET", "/api/v1/me/export", headers=bearer)
        body = await answer.json()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="onasty.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert [exported["slug"] for exported in body.pop("notes")] == ["a", "b", "c"]
    assert body == HELD.model_dump(mode="json")


@pytest.mark.parametrize("broken", [None, "q" * 22])
async def test_an_export_that_cannot_be_whole_does_not_look_whole(http, serving, bearer, broken):
    def page(request, _):
        gone = ServiceError(ErrorCode.UNAVAILABLE, "gone")
        return gone if request.after == broken else PAGES[request.after]

    async with serving("auth", {ExportAccount: HELD}), serving("notes", {ExportNotes: page}):
        if broken is None:
            answer = await ask(http, "GET", "/api/v1/me/export", headers=bearer)
            assert (answer.status, (await answer.json())["code"]) == (503, "unavailable")
            return
        got = b""
        with pytest.raises(Exception, match=r"(?i)not enough data|payload|disconnected"):
            async with http.get("/api/v1/me/export", headers=bearer) as answer:
                async for chunk in answer.content.iter_any():
                    got += chunk
    assert b'"slug":"a"' in got
    with pytest.raises(json.JSONDecodeError):
        json.loads(got)


async def test_an_export_ends_with_its_session_and_none_goes_beside_it(http, serving, bearer):
    pages = [ExportPage(notes=[note("a")], next="p" * 22)]
    async with serving("auth", {ExportAccount: HELD}), serving("notes", {ExportNotes: lambda *_: pages[-1]}):
        async with http.get("/api/v1/me/export", headers=bearer) as endless:
            await endless.content.readany()
            beside = await ask(http, "GET", "/api/v1/me/export", headers=bearer)
            assert (beside.status, (await beside.json())["code"]) == (503, "overloaded")
            token = bearer["Authorization"].removeprefix("Bearer ")
            ended = jwt.decode(token, options={"verify_signature": False})["sid"]
            http.revocations._until[UUID(ended)] = math.inf
            with pytest.raises(Exception, match=r"(?i)not enough data|payload|disconnected"):
                await endless.read()
        pages.append(ExportPage(notes=[note("b")]))
        assert (await ask(http, "GET", "/api/v1/me/export", headers=signed_in())).status == 200


async def test_the_keys_of_access_tokens_are_public(http):
    answer = await ask(http, "GET", "/.well-known/jwks.json", headers={"Origin": "https://elsewhere.example"})
    body = await answer.json()
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    (key,) = body["keys"]
    assert (key["kty"], key["crv"], key["kid"]) == ("OKP", "Ed25519", "k1")
    assert "d" not in key
