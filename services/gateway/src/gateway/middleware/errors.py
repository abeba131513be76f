"""Every failure as `application/problem+json` (RFC 9457): the one table from codes to statuses."""

from __future__ import annotations

import json
from http import HTTPStatus

from aiohttp import HttpVersion10, HttpVersion11, web
from aiohttp.typedefs import Handler, Middleware

from chassis.logs import Logger
from contracts.errors import ErrorCode, ServiceError
from gateway.middleware.context import REQUEST_ID

STATUS: dict[ErrorCode, HTTPStatus] = {
    ErrorCode.INVALID_REQUEST: HTTPStatus.BAD_REQUEST,
    ErrorCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    ErrorCode.BODY_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.BODY_TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
    ErrorCode.TOO_MANY_REQUESTS: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.PREFETCH_REFUSED: HTTPStatus.FORBIDDEN,
    ErrorCode.UNSUPPORTED_ENCODING: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ErrorCode.CONTENT_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.SLUG_TAKEN: HTTPStatus.BAD_REQUEST,
    ErrorCode.NOTE_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.NOTE_ALREADY_READ: HTTPStatus.NOT_FOUND,
    ErrorCode.NOTE_EXPIRED: HTTPStatus.GONE,
    ErrorCode.NOTE_PASSWORD_WRONG: HTTPStatus.NOT_FOUND,
    ErrorCode.NOTE_PROOF_WRONG: HTTPStatus.NOT_FOUND,
    ErrorCode.TOO_MANY_GUESSES: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.IDEMPOTENCY_KEY_REUSED: HTTPStatus.CONFLICT,
    ErrorCode.SIGN_UP_CLOSED: HTTPStatus.FORBIDDEN,
    ErrorCode.ORIGIN_REFUSED: HTTPStatus.FORBIDDEN,
    ErrorCode.CREDENTIALS_WRONG: HTTPStatus.BAD_REQUEST,
    ErrorCode.USER_NOT_ACTIVATED: HTTPStatus.BAD_REQUEST,
    ErrorCode.LINK_INVALID: HTTPStatus.BAD_REQUEST,
    ErrorCode.PASSWORD_WRONG: HTTPStatus.BAD_REQUEST,
    ErrorCode.SIGN_IN_AGAIN: HTTPStatus.FORBIDDEN,
    ErrorCode.SESSION_INVALID: HTTPStatus.UNAUTHORIZED,
    ErrorCode.SESSION_NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.PROVIDER_UNKNOWN: HTTPStatus.NOT_FOUND,
    ErrorCode.OAUTH_STATE_INVALID: HTTPStatus.BAD_REQUEST,
    ErrorCode.OAUTH_REFUSED: HTTPStatus.BAD_REQUEST,
    ErrorCode.OAUTH_EMAIL_UNVERIFIED: HTTPStatus.FORBIDDEN,
    ErrorCode.OAUTH_IDENTITY_TAKEN: HTTPStatus.CONFLICT,
    ErrorCode.IDENTITY_NEEDED: HTTPStatus.CONFLICT,
    ErrorCode.LETTER_OBSOLETE: HTTPStatus.GONE,
    ErrorCode.OVERLOADED: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.TIMEOUT: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.DEADLINE_EXCEEDED: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
RETRY_AFTER = "1"
CONTENT_TYPE = "application/problem+json"

INTERNAL = ServiceError(ErrorCode.INTERNAL, "Something failed on our side; the request id helps to find it.")


def problem(error: ServiceError, request_id: str) -> web.Response:
    """`message` repeats `detail` for clients of the Go Onasty."""
    status = STATUS[error.code]
    headers = {}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = RETRY_AFTER
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        headers["Retry-After"] = str(error.fields.get("retry_after", RETRY_AFTER))
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    body = {
        **error.fields,
        "type": f"urn:onasty:problem:{error.code}",
        "title": error.code.replace("_", " ").capitalize(),
        "status": status.value,
        "detail": error.detail,
        "code": error.code,
        "request_id": request_id,
        "message": error.detail,
    }
    headers["Content-Type"] = CONTENT_TYPE
    return web.Response(body=json.dumps(body).encode(), status=status, headers=headers)


def errors_middleware(log: Logger) -> Middleware:
    """Turn a refusal into its problem; log anything else with the request id and say `internal`."""

    @web.middleware
    async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ServiceError as error:
            return problem(error, request[REQUEST_ID])
        except web.HTTPNotFound:
            nowhere = ServiceError(ErrorCode.NOT_FOUND, "There is nothing at this address.")
            return problem(nowhere, request[REQUEST_ID])
        except web.HTTPMethodNotAllowed as refused:
            allowed = ", ".join(sorted(refused.allowed_methods))
            wrong = ServiceError(ErrorCode.METHOD_NOT_ALLOWED, f"This address takes {allowed}.")
            response = problem(wrong, request[REQUEST_ID])
            response.headers["Allow"] = allowed
            return response
        except Exception as error:
            log.error("a request failed", exc_info=error)  # noqa: TRY400 - no text of the error
            return problem(INTERNAL, request[REQUEST_ID])

    return errors


@web.middleware
async def framing_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses what HTTP/1.0 cannot say. It counts as any other request, and so stands behind the limits."""
    if request.version < HttpVersion11 and _is_misframed(request):
        return _misframed(request)
    return await handler(request)


def _is_misframed(request: web.Request) -> bool:
    # A proxy before us may see another end of such a request than we do (RFC 9112, 6.1).
    return request.version < HttpVersion10 or "Transfer-Encoding" in request.headers


def _misframed(request: web.Request) -> web.Response:
    wrong = ServiceError(ErrorCode.INVALID_REQUEST, "Speak HTTP/1.1; HTTP/1.0 knows no chunks.")
    response = problem(wrong, request[REQUEST_ID])
    response.force_close()
    return response
