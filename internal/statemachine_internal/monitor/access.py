"""Who may ask for what, and requests from the pages of other sites.

::

    request ─▶ /health, or over the socket file: nobody is asked
          ├─▶ there is a token ─▶ not given? ─▶ 401
          └─▶ there is none    ─▶ from another user of this host? ─▶ 403

          ─▶ changes something, or a WebSocket ─▶ from another site's page? ─▶ 403
                                              └─▶ a body that is no JSON, or too large? ─▶ 415, 411, 413

    POST / ─▶ the form with the token: from another site's page? no form, or too large? ─▶ as above
          └─▶ the right one? ─▶ 303 to /, with the cookie

The socket file's mode and folder say who comes in, and the kernel keeps to it.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .described import FORBIDDEN, LENGTH_REQUIRED, TOO_LARGE, UNAUTHORIZED, UNSUPPORTED_MEDIA_TYPE
from .neighbours import Neighbour, Neighbours
from .presented import FORM, FORM_MAX, Presented
from .problems import problem
from .refusing import refuse
from .requester import is_over_socket_file
from .settings import Settings
from .token import PACKAGED
from .token_page import token_page

OPEN = "/health"
JSON = "application/json"
BODY_MAX = 20 * 1024 * 1024
"""Bytes: an event's payload has 16 MiB at most."""
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS = (":80", ":443")
_NOT_FOR = {
    Neighbour.ANOTHER: "this monitor serves uid {uid}'s machines alone; start it with --token-file to share it",
    Neighbour.UNSEEN: (
        "the kernel doesn't say whose this connection is, and this monitor serves uid {uid}'s machines alone; "
        "start it with --token-file"
    ),
}
_FOREIGN = (
    "the request comes from the page of another site; send it without Origin, and through a proxy with the Host that "
    "the browser has sent"
)
_BY_HAND = "this monitor asks for the token that it was started with: Authorization: Bearer TOKEN"
_OF_THE_UNIT = (
    "this monitor asks for its token: Authorization: Bearer TOKEN; members of the group statemachine read it in "
    f"{PACKAGED} on its host"
)


class Access:
    """ASGI middleware: passes on what may be asked, and refuses the rest."""

    def __init__(self, app: ASGIApp, settings: Settings, neighbours: Neighbours | None = None) -> None:
        self._app = app
        self._presented = None if settings.token is None else Presented(settings.token)
        self._of_unit = settings.token_file is None
        self._any_user = settings.any_user
        self._neighbours = neighbours or Neighbours(settings.database)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self._presented is not None and scope["path"] == "/" and scope.get("method") == "POST":
            answer: Response | None = await self._signed_in(self._presented, Request(scope, receive))
        else:
            answer = await self._unknown(scope, headers) or _foreign(scope, headers) or _unreadable(scope, headers)
        if answer is None:
            await self._app(scope, receive, send)
        else:
            await refuse(answer, scope, receive, send)

    async def _signed_in(self, presented: Presented, request: Request) -> Response:
        """The answer to the form, in whose body the token is: an address is kept in histories and logs."""
        headers = request.headers
        refusal = _foreign(request.scope, headers) or _unreadable(request.scope, headers, FORM, FORM_MAX)
        if refusal is not None:
            return refusal
        secure = "https" in (request.url.scheme, headers.get("x-forwarded-proto"))
        welcome = presented.welcome(await request.body(), secure=secure)
        return welcome or HTMLResponse(token_page(of_unit=self._of_unit, wrong=True), UNAUTHORIZED, _challenge())

    async def _unknown(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to somebody for whom this monitor isn't; None if he may go on."""
        if scope["path"] == OPEN or is_over_socket_file(scope):
            return None
        if self._presented is not None:
            return None if self._presented.is_in(scope, headers) else self._asked_for_token(scope, headers)
        if self._any_user:
            return None
        neighbour = await self._neighbours.look(scope.get("client"))
        if neighbour is Neighbour.OURS:
            return None
        return problem(FORBIDDEN, _NOT_FOR[neighbour].format(uid=os.geteuid()))

    def _asked_for_token(self, scope: Scope, headers: Headers) -> Response:
        if "text/html" in headers.get("accept", "") and scope.get("method") == "GET":
            return HTMLResponse(token_page(of_unit=self._of_unit), UNAUTHORIZED, _challenge())
        return problem(UNAUTHORIZED, _OF_THE_UNIT if self._of_unit else _BY_HAND, _challenge())


def _challenge() -> dict[str, str]:
    return {"WWW-Authenticate": 'Bearer realm="statemachine"'}


def _foreign(scope: Scope, headers: Headers) -> Response | None:
    """The answer to a page of another site that would change something, or listen."""
    if scope["type"] == "http" and scope["method"] in _READS:
        return None
    for origin in headers.getlist("origin"):
        if not _is_same(origin, headers.get("host", "")):
            return problem(FORBIDDEN, _FOREIGN)
    return None


def _is_same(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and _bare(parts.netloc) == _bare(host)


def _bare(host: str) -> str:
    host = host.lower()
    for port in _DEFAULT_PORTS:
        host = host.removesuffix(port)
    return host


def _unreadable(scope: Scope, headers: Headers, type: str = JSON, most: int = BODY_MAX) -> Response | None:
    """The answer to a body that can't be taken: it is not of this type, or has more bytes."""
    if scope["type"] != "http" or scope["method"] in _READS:
        return None
    if "transfer-encoding" in headers:
        return problem(LENGTH_REQUIRED, "send the body with its Content-Length")
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > most:
        return problem(TOO_LARGE, f"a body has {most} bytes at most here; send a smaller one")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if int(length) and kind != type:
        what = "JSON" if type == JSON else "the form"
        return problem(UNSUPPORTED_MEDIA_TYPE, f"send {what}, with Content-Type: {type}")
    return None
