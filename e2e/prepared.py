"""What must be so before an example of the description can succeed."""

from __future__ import annotations

from uuid import uuid4

from .conftest import slug_of, soon
from .letters import PASSWORD

# Operations whose example is prepared as that of another; one that is not told of is about a note.
PREPARED = {
    **dict.fromkeys(("verify_email_by_path", "verify_email_page"), "link_by_path"),
    "reset_password_by_path": "reset_by_path",
    **dict.fromkeys(("confirm_email_change_by_path", "confirm_email_change_page"), "change_by_path"),
    "sign_out": "refresh_session",
    **dict.fromkeys(("refresh_cookie_session", "close_cookie_session"), "cookie"),
    **dict.fromkeys(("complete_oauth", "complete_oauth_by_old_path"), "elsewhere"),
    **dict.fromkeys(
        (
            "sign_out_everywhere",
            "list_sessions",
            "list_identities",
            "change_account_password",
            "request_email_change",
            "current_user",
            "delete_account",
            "export_account",
        ),
        "signed_in",
    ),
}


class PreparedExamples:
    """Each takes the example's body, and gives parameters, headers and the body to ask with."""

    def __init__(self, api, origin, write, view, user, link_of, account):
        self._api, self._origin, self._link_of, self._account = api, origin, link_of, account
        self._write, self._view, self._user = write, view, user

    async def note(self, body, **wishes):
        author = self._user()
        path = await self._write(headers=author, expires_at=soon(), **wishes)
        return {"slug": slug_of(path)}, author, body

    async def acknowledge_reveal(self, body):
        parameters, author, body = await self.note(body)
        answer = await self._view(f"/api/v1/note/{parameters['slug']}", claim=body["claim"])
        assert answer.status == 200
        return parameters, author, body

    async def reveal_note(self, body):
        return await self.note(body, **({"password": body["password"]} if "password" in body else {}))

    async def sign_up(self, body):
        # Other tests sign up with the address of the example, and five sign-ups of one are the most.
        return {}, {}, {**body, "email": f"{uuid4().hex}@example.com"}

    async def sign_in(self, body):
        return {}, {}, {**body, "email": (await self._account()).email}

    async def open_cookie_session(self, body):
        return {}, {"Origin": self._origin}, (await self.sign_in(body))[2]

    async def verify_email(self, body):
        email = f"{uuid4().hex}@example.com"
        await self._api.post("/api/v1/auth/signup", {"email": email, "password": PASSWORD})
        return {}, {}, {**(body or {}), "token": await self._token(email)}

    async def reset_password(self, body):
        somebody = await self._account()
        await self._api.post("/api/v1/auth/reset-password", {"email": somebody.email})
        return {}, {}, {**body, "token": await self._token(somebody.email)}

    async def confirm_email_change(self, body):
        somebody = await self._account()
        wish = {"new_email": f"{uuid4().hex}@example.com", "current_password": PASSWORD}
        asked = await self._api.post("/api/v1/auth/change-email", wish, headers=somebody.headers)
        assert asked.status == 200, asked.text
        return {}, {}, {**(body or {}), "token": await self._token(somebody.email)}

    async def link_by_path(self, body):
        return _by_path(*await self.verify_email(body))

    async def reset_by_path(self, body):
        return _by_path(*await self.reset_password(body))

    async def change_by_path(self, body):
        return _by_path(*await self.confirm_email_change(body))

    async def signed_in(self, body):
        return {}, (await self._account()).headers, body

    async def refresh_session(self, body):
        somebody = await self._account()
        return {}, somebody.headers, {**body, "refresh_token": somebody.refresh_token}

    async def revoke_session(self, _):
        somebody = await self._account()
        return {"session_id": somebody.session_id}, somebody.headers, None

    async def unlink_identity(self, _):
        return {"provider": "google"}, (await self._account()).headers, None

    async def cookie(self, body):
        cookie = f"__Host-onasty-session={(await self._account()).refresh_token}"
        return {}, {"Origin": self._origin, "Cookie": cookie}, body

    async def elsewhere(self, _):
        return {"provider": "google"}, {}, None

    async def _token(self, email):
        return (await self._link_of(email)).partition("#")[2]


def _by_path(parameters, headers, body):
    return {**parameters, "token": body.pop("token")}, headers, body or None
