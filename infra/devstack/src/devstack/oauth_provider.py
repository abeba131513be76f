"""Google and GitHub, for tests: a server on the loopback that does and checks what theirs do."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from devstack.ports import LOOPBACK

CLIENT_ID = "onasty-here"
CLIENT_SECRET = "a secret of this client alone"  # noqa: S105
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is signed in at the provider."""

    subject: str
    email: str
    verified: bool = True


@dataclass(slots=True)
class OauthProviderServer:
    """Whoever is sent to authorize comes back with a code of `person`, at once and unasked.

    A code is good once, for who has the secret and the verifier. `instead` answers a path in another way;
    `claims` change the ID token, `sign` makes it in another way; `asked` are the paths of all requests.
    """

    redirect_uris: frozenset[str]
    person: Person = field(default_factory=lambda: Person(subject="1", email="someone@example.com"))
    claims: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any]], str] | None = None
    instead: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    key: RSAKey = field(default_factory=_new_key)
    url: str = ""
    _codes: dict[str, tuple[Mapping[str, str], Person]] = field(default_factory=dict)
    _access: dict[str, Person] = field(default_factory=dict)

    def settings(self) -> dict[str, str]:
        """Of the auth service, in lower case and without the prefix."""
        return {
            "google_client_id": CLIENT_ID,
            "google_client_secret": CLIENT_SECRET,
            "google_authorize_url": f"{self.url}/google/authorize",
            "google_token_url": f"{self.url}/google/token",
            "google_jwks_url": f"{self.url}/google/jwks",
            "google_issuer": self.url,
            "github_client_id": CLIENT_ID,
            "github_client_secret": CLIENT_SECRET,
            "github_authorize_url": f"{self.url}/github/authorize",
            "github_token_url": f"{self.url}/github/token",
            "github_user_url": f"{self.url}/github/user",
            "github_emails_url": f"{self.url}/github/user/emails",
        }

    def new_key(self) -> None:
        """As when Google rotates: the old one is not published any more."""
        self.key = _new_key()

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._seen])
        for provider in ("google", "github"):
            app.router.add_get(f"/{provider}/authorize", self._authorize)
            app.router.add_post(f"/{provider}/token", self._token)
        app.router.add_get("/google/jwks", self._jwks)
        app.router.add_get("/github/user", self._user)
        app.router.add_get("/github/user/emails", self._emails)
        return app

    @web.middleware
    async def _seen(self, request: web.Request, handler: Answer) -> web.StreamResponse:
        self.asked.append(request.path)
        return await self.instead.get(request.path, handler)(request)

    async def _authorize(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        if (
            query["client_id"] != CLIENT_ID
            or query["response_type"] != "code"
            or query["redirect_uri"] not in self.redirect_uris
            or query["code_challenge_method"] != "S256"
        ):
            raise web.HTTPBadRequest
        code = secrets.token_urlsafe(20)
        self._codes[code] = (dict(query) | {"path": request.path}, self.person)
        back = urlencode({"code": code, "state": query["state"]})
        raise web.HTTPFound(f"{query['redirect_uri']}?{back}")

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        google = request.path.startswith("/google")
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _refusal("invalid_client" if google else "incorrect_client_credentials", google=google)
        asked, person = self._codes.pop(form["code"], ({}, None))
        if (
            person is None
            or asked["path"] != request.path.replace("token", "authorize")
            or form["redirect_uri"] != asked["redirect_uri"]
            or create_s256_code_challenge(form["code_verifier"]) != asked["code_challenge"]
        ):
            return _refusal("invalid_grant" if google else "bad_verification_code", google=google)
        access_token = secrets.token_urlsafe(20)
        self._access[access_token] = person
        answer = {"access_token": access_token, "token_type": "bearer", "scope": asked["scope"]}
        if google:
            answer["id_token"] = self._id_token(person, asked.get("nonce"))
        return web.json_response(answer)

    def _id_token(self, person: Person, nonce: str | None) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "azp": CLIENT_ID,
            "sub": person.subject,
            "email": person.email,
            "email_verified": person.verified,
            "nonce": nonce,
            "iat": now,
            "exp": now + 3600,
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.sign is not None:
            return self.sign(claims)
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    async def _jwks(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(KeySet([self.key]).as_dict(private=False))

    async def _user(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"id": int(self._who(request).subject), "login": "someone"})

    async def _emails(self, request: web.Request) -> web.StreamResponse:
        person = self._who(request)
        other = {"email": "other@example.com", "primary": False, "verified": True, "visibility": None}
        return web.json_response(
            [other, {"email": person.email, "primary": True, "verified": person.verified}]
        )

    def _who(self, request: web.Request) -> Person:
        person = self._access.get(request.headers["Authorization"].removeprefix("Bearer "))
        if person is None:
            raise web.HTTPUnauthorized
        return person


def _refusal(error: str, *, google: bool) -> web.Response:
    # GitHub refuses with 200.
    return web.json_response({"error": error}, status=400 if google else 200)


@contextlib.asynccontextmanager
async def oauth_provider(*redirect_uris: str) -> AsyncIterator[OauthProviderServer]:
    """A provider that knows one client, whose redirects may go nowhere else."""
    server = OauthProviderServer(frozenset(redirect_uris))
    runner = web.AppRunner(server.application(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, 0).start()
        server.url = f"http://{LOOPBACK}:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()
