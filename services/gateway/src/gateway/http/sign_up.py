"""`/api/v1/auth`: making an account, and showing that its address is one's own."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from contracts.auth.rpc import Accepted, ResendVerification, SignUp, VerifyEmail
from contracts.errors import ErrorCode
from gateway.description.operation import Operation, described
from gateway.http.forwarding import Forwarding
from gateway.http.link_pages import LinkPages
from gateway.middleware.limits import Purpose

CREDENTIALS = {"email": "ada@example.com", "password": "correct horse battery"}
LINK_TOKEN = "Q2xpY2sgdGhlIGxpbmsgaW4geW91ciBsZXR0ZXIuLi4"  # noqa: S105 - of nobody's


class SignUpHandlers:
    """Nothing that is answered tells whether an address is known."""

    def __init__(self, forwarding: Forwarding, pages: LinkPages) -> None:
        self._forwarding = forwarding
        self._pages = pages

    @described(
        Operation(
            id="sign_up",
            summary="Make an account",
            request=SignUp,
            body=True,
            reply=Accepted,
            status=HTTPStatus.CREATED,
            refusals=(ErrorCode.SIGN_UP_CLOSED,),
            examples={"an account": CREDENTIALS},
        )
    )
    async def sign_up(self, request: web.Request) -> web.Response:
        return await self._forwarding.body(SignUp, request, status=HTTPStatus.CREATED, guarded=Purpose.LETTER)

    @described(
        Operation(
            id="verify_email",
            summary="Use the link of a verification letter",
            request=VerifyEmail,
            body=True,
            reply=Accepted,
            refusals=(ErrorCode.LINK_INVALID,),
            examples={"the token of a link": {"token": LINK_TOKEN}},
        )
    )
    async def verify(self, request: web.Request) -> web.Response:
        return await self._forwarding.body(VerifyEmail, request)

    @described(
        Operation(
            id="verify_email_by_path",
            summary="The same, for clients of the Go Onasty",
            request=VerifyEmail,
            reply=Accepted,
            refusals=(ErrorCode.LINK_INVALID,),
            deprecated=True,
        )
    )
    async def verify_by_path(self, request: web.Request) -> web.Response:
        return await self._forwarding.path_and_body(VerifyEmail, request)

    @described(
        Operation(
            id="verify_email_page",
            summary="To the page that uses the link when its button is pressed",
            request=VerifyEmail,
            status=HTTPStatus.SEE_OTHER,
            reply_headers={"Location": "the page, with the token in its fragment"},
            deprecated=True,
        )
    )
    async def verify_page(self, request: web.Request) -> web.Response:
        return self._pages.redirect("verify", request)

    @described(
        Operation(
            id="resend_verification",
            summary="Send the verification letter once more",
            request=ResendVerification,
            body=True,
            reply=Accepted,
            examples={"an address": {"email": "ada@example.com"}},
        )
    )
    async def resend_verification(self, request: web.Request) -> web.Response:
        return await self._forwarding.body(ResendVerification, request, guarded=Purpose.LETTER)
