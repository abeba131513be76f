"""The server's API, as far as notes go. Each call may be repeated and is done once."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Self

import httpx

from onasty_cli.command_error import CommandError
from onasty_cli.config import Config, is_loopback
from onasty_cli.exit_codes import ExitCode
from onasty_cli.links import SLUG
from onasty_cli.refusals import error_of

MANAGE_TOKEN = "Onasty-Manage-Token"  # noqa: S105 - the name of a header
ATTEMPTS = 4
# Longer than this nobody waits at a terminal without being asked.
LONGEST_REST = 5
TIMEOUT = httpx.Timeout(15, connect=10)
_RETRIED = frozenset({429, 503})
_NEVER_RETRIED = frozenset({"too_many_guesses"})

Json = dict[str, Any]


class Api:
    """Speaks to one server. What fails is a `CommandError`, whose message names neither note nor token."""

    def __init__(self, server: str, config: Config, sleep: Callable[[float], None] = time.sleep) -> None:
        config.check(server)
        self._sleep = sleep
        with _spoken():
            address = httpx.URL(server)
        trust = _trust(server, config)
        try:
            self._client = httpx.Client(
                base_url=address,
                verify=trust,
                timeout=TIMEOUT,
                # A proxy elsewhere has a loopback of its own.
                trust_env=not is_loopback(server),
            )
        except (ImportError, ValueError, httpx.InvalidURL):
            raise CommandError(
                ExitCode.USAGE,
                "The environment names a proxy that is not understood: HTTPS_PROXY, HTTP_PROXY and ALL_PROXY "
                "take the http:// or https:// address of one.",
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def create(self, note: Json, idempotency_key: str) -> str:
        """The slug of the note, which exists once however often it is asked for under this key.

        It is the one that was asked for, and may stand in a link.
        """
        answer = self._call("POST", "/api/v1/note", body=note, headers={"Idempotency-Key": idempotency_key})
        slug = answer.get("slug")
        if not isinstance(slug, str) or SLUG.fullmatch(slug) is None or slug != note.get("slug", slug):
            raise _no_onasty()
        return slug

    def metadata(self, slug: str) -> Json:
        """Burns nothing."""
        return self._call("GET", f"/api/v1/note/{slug}/meta")

    def reveal(self, slug: str, body: Json) -> Json:
        """Takes a view; `body` has a claim, so that a repetition takes no other."""
        return self._call("POST", f"/api/v1/note/{slug}/view", body=body)

    def acknowledge(self, slug: str, claim: str) -> None:
        """The server may forget it."""
        self._call("POST", f"/api/v1/note/{slug}/ack", body={"claim": claim})

    def status(self, slug: str, token: str) -> Json:
        return self._call("GET", f"/api/v1/note/{slug}/status", headers={MANAGE_TOKEN: token})

    def delete(self, slug: str, token: str) -> None:
        self._call("DELETE", f"/api/v1/note/{slug}", headers={MANAGE_TOKEN: token})

    @contextmanager
    def events(self, slug: str, token: str, silence: float) -> Iterator[Iterator[tuple[str, Json]]]:
        """Names and data of what happens, until the server ends it or says nothing for `silence` seconds."""
        from httpx_sse import EventSource  # noqa: PLC0415 - `watch` alone needs it

        request = self._client.build_request(
            "GET",
            f"/api/v1/note/{slug}/events",
            headers={MANAGE_TOKEN: token, "Accept": "text/event-stream", "Cache-Control": "no-store"},
            timeout=httpx.Timeout(silence, connect=10),
        )
        with closing(self._success(request, stream=True)) as response, _spoken():
            events = EventSource(response).iter_sse()
            # After an event with an id it makes an empty one of each comment
            # (https://github.com/florimondmanca/httpx-sse/issues/35).
            yield ((event.event, json.loads(event.data)) for event in events if event.data)

    def _call(
        self, method: str, path: str, *, body: Json | None = None, headers: Mapping[str, str] | None = None
    ) -> Json:
        response = self._success(self._client.build_request(method, path, json=body, headers=headers))
        return _json(response) if response.content else {}

    def _success(self, request: httpx.Request, *, stream: bool = False) -> httpx.Response:
        for attempt in range(1, ATTEMPTS + 1):
            rest = 0.2 * attempt
            try:
                with _spoken():
                    response = self._client.send(request, stream=stream)
                    if not response.is_success:
                        response.read()
            except LostAnswerError:
                if attempt == ATTEMPTS:
                    raise
            else:
                if response.is_success:
                    return response
                rest = max(rest, _retry_after(response) or 0)
                again = (
                    response.status_code in _RETRIED and _problem(response).get("code") not in _NEVER_RETRIED
                )
                if not again or attempt == ATTEMPTS or rest > LONGEST_REST:
                    raise _refusal(response)
            self._sleep(rest)
        raise AssertionError("the last attempt returns or raises")


class LostAnswerError(CommandError):
    """The server was reached, and whether it did what was asked is not known."""

    def __init__(self) -> None:
        super().__init__(ExitCode.UNREACHABLE, "The connection to the server broke before it answered.")


@contextmanager
def _spoken() -> Iterator[None]:
    try:
        yield
    except httpx.ConnectError as error:
        raise _not_connected(error) from None
    except httpx.ConnectTimeout:
        raise CommandError(ExitCode.UNREACHABLE, "The server does not answer.") from None
    except httpx.ProxyError:
        raise CommandError(ExitCode.UNREACHABLE, "The proxy does not lead to the server.") from None
    except httpx.TransportError:
        raise LostAnswerError from None
    except httpx.DecodingError:
        raise _no_onasty() from None
    except httpx.InvalidURL:
        raise CommandError(ExitCode.USAGE, "That is no address of a server.") from None


def _not_connected(error: BaseException) -> CommandError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CommandError(
                ExitCode.CERTIFICATE,
                f"The server's certificate is not trusted: {cause.verify_message}. Nothing was sent.",
            )
        if isinstance(cause, ssl.SSLError):
            return CommandError(ExitCode.UNREACHABLE, "The server does not speak TLS there.")
        cause = cause.__cause__ or cause.__context__
    return CommandError(ExitCode.UNREACHABLE, "The server cannot be reached.")


def _trust(server: str, config: Config) -> ssl.SSLContext:
    if server.startswith("http:") and is_loopback(server):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and takes no time to make
    try:
        if config.ca is None:
            return httpx.create_ssl_context()
        return ssl.create_default_context(cafile=config.ca)
    except OSError:
        where = "" if config.ca else " that SSL_CERT_FILE names"
        raise CommandError(
            ExitCode.USAGE, f"The file of trusted certificates{where} cannot be read."
        ) from None


def _refusal(response: httpx.Response) -> CommandError:
    return error_of(response.status_code, _problem(response), _retry_after(response))


def _retry_after(response: httpx.Response) -> int | None:
    value = response.headers.get("Retry-After", "")
    return int(value) if value.isdecimal() else None


def _problem(response: httpx.Response) -> Json:
    try:
        return _json(response)
    except CommandError:
        return {}


def _json(response: httpx.Response) -> Json:
    try:
        value = response.json()
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise _no_onasty()
    return value


def _no_onasty() -> CommandError:
    return CommandError(ExitCode.UNREACHABLE, "What answers there is no Onasty server.")
