"""Old addresses of one-time links, which a GET must not use up."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from pydantic import AnyHttpUrl

TOKEN = "token"  # noqa: S105 - the name of a field
# Of a path; any other is no address of ours.
TOKEN_PATTERN = "[A-Za-z0-9_-]{43}"  # noqa: S105


class LinkPages:
    """The web client's pages for such links. They send the token in a body, when a button is pressed:
    scanners and previews that follow a link of a letter do nothing.
    """

    def __init__(self, public_url: AnyHttpUrl) -> None:
        self._base = str(public_url).rstrip("/")

    def redirect(self, page: str, request: web.Request) -> web.Response:
        """303 to the page, with the token of the path in the fragment, which browsers send to nobody."""
        location = f"{self._base}/{page}#{request.match_info[TOKEN]}"
        return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": location})
