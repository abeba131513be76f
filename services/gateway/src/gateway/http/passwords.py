"""`/api/v1/auth`: changes of password and of address."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from contracts.auth.rpc import (
    Accepted,
    ChangePassword,
    ConfirmEmailChange,
    RequestEmailChange,
    RequestPasswordReset,
    ResetPassword,
)
from contracts.errors import ErrorCode
from gateway.description.operation import Identity, Operation, described
from gateway.http.forwarding import Forwarding
from gateway.http.link_pages import LinkPages
from gateway.http.sign_up import CREDENTIALS, LINK_TOKEN
from gateway.middleware.limits import Purpose

PASSWORD = CREDENTIALS["password"]


class PasswordHandlers:
    """What proves itself by a password, or by the link of a letter."""

    def __init__(self, forwarding: Forwarding, pages: LinkPages) -> None:
        self._forwarding = forwarding
        self._pages = pages

    @described(
        Operation(
            id="change_account_password",
            summary="Change your password",
            request=ChangePassword,
            body=True,
            reply=Accepted,
            identity=Identity.USER,
            refusals=(ErrorCode.PASSWORD_WRONG, ErrorCode.SIGN_IN_AGAIN),
            examples={"a change": {"current_password": PASSWORD, "new_password": "staple battery horse"}},
        )
    )
    async def change(self, request: web.Request) -> web.Response:
        return await self._forwarding.body(ChangePassword, request, guarded=Purpose.CHANGE)

    @described(
        Operation(
            id="request_password_reset",
            summary="Send a link to set a new password",
            request=RequestPasswordReset,
            body=True,
            reply=Accepted,
            examples={"an address": {"email": CREDENTIALS["email"]}},
        )
    )
    async def request_reset(self, request: web.Request) -> web.Response:
        return await self._forwarding.body(RequestPasswordReset, request, guarded=Purpose.LETTER)

    @described(
        Operation(
            id="reset_password",
            summary="Set a new password by the link of a letter",
            request=ResetPassword,
            body=True,
            reply=Accepted,
            refusals=(ErrorCode.LINK_INVALID,),
            examples={"the token of a link": {"token": LINK_TOKEN, "password": PASSWORD}},
        )
    )
    async def reset(self, request: web.Request) -> web.Response:
        return await self._forwarding.body(ResetPassword, request, guarded=Purpose.CHANGE)

    @described(
        Operation(
            id="reset_password_by_path",
            summary="The same, for clients of the Go Onasty",
            request=ResetPassword,
            body=True,
            reply=Accepted,
            refusals=(ErrorCode.LINK_INVALID,),
            examples={"a password": {"password": PASSWORD}},
            deprecated=True,
        )
    )
    async def reset_by_path(self, request: web.Request) -> web.Response:
        return await self._forwarding.path_and_body(ResetPassword, request, guarded=Purpose.CHANGE)

    @described(
        Operation(
            id="request_email_change",
            summary="Send a link to a new address of yours",
            request=RequestEmailChange,
            body=True,
            reply=Accepted,
            identity=Identity.USER,
            refusals=(ErrorCode.PASSWORD_WRONG, ErrorCode.SIGN_IN_AGAIN, ErrorCode.SIGN_UP_CLOSED),
            examples={"an address": {"new_email": "ada@example.org", "current_password": PASSWORD}},
        )
    )
    async def request_email_change(self, request: web.Request) -> web.Response:
        return await self._forwarding.body(RequestEmailChange, request, guarded=Purpose.CHANGE)

    @described(
        Operation(
            id="confirm_email_change",
            summary="Use that link",
            request=ConfirmEmailChange,
            body=True,
            reply=Accepted,
            refusals=(ErrorCode.LINK_INVALID,),
            examples={"the token of a link": {"token": LINK_TOKEN}},
        )
    )
    async def confirm_email_change(self, request: web.Request) -> web.Response:
        return await self._forwarding.body(ConfirmEmailChange, request)

    @described(
        Operation(
            id="confirm_email_change_by_path",
            summary="The same, for clients of the Go Onasty",
            request=ConfirmEmailChange,
            reply=Accepted,
            refusals=(ErrorCode.LINK_INVALID,),
            deprecated=True,
        )
    )
    async def confirm_email_change_by_path(self, request: web.Request) -> web.Response:
        return await self._forwarding.path_and_body(ConfirmEmailChange, request)

    @described(
        Operation(
            id="confirm_email_change_page",
            summary="To the page that uses the link when its button is pressed",
            request=ConfirmEmailChange,
            status=HTTPStatus.SEE_OTHER,
            reply_headers={"Location": "the page, with the token in its fragment"},
            deprecated=True,
        )
    )
    async def email_change_page(self, request: web.Request) -> web.Response:
        return self._pages.redirect("change-email", request)
