"""Who may ask for what, and requests from the pages of other sites.

::

    request ─▶ /health, or over the socket file: nobody is asked
          ├─▶ there is a token ─▶ not given? ─▶ 401
          └─▶ there is none    ─▶ from another user of this host? ─▶ 403

          ─▶ changes something, or a WebSocket ─▶ from another site's page? ─▶ 403
                                              └─▶ a body that is no JSON, or too large? ─▶ 415, 411, 413

The socket file's mode and folder say who comes in, and the kernel keeps to it.
"""

from __future__ import annotations

import hmac
import os
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .described import FORBIDDEN, LENGTH_REQUIRED, TOO_LARGE, UNAUTHORIZED, UNSUPPORTED_MEDIA_TYPE
from .neighbours import Neighbours
from .problems import problem
from .requester import Requester
from .settings import Settings
from .token import PACKAGED
from .token_page import token_page

COOKIE = "statemachine_token"
SUBPROTOCOL = "bearer"
OPEN = "/health"
BODY_MAX = 20 * 1024 * 1024
"""Bytes: an event's payload has 16 MiB at most."""
SEE_OTHER = 303
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY_VIOLATION = 1008  # RFC 6455, section 7.4.1
_DEFAULT_PORTS = (":80", ":443")
_ALONE = "this monitor serves uid {uid}'s machines alone; start it with --token-file to share it"
_BY_HAND = "this monitor asks for the token that it was started with: Authorization: Bearer TOKEN"
_OF_THE_UNIT = (
    "this monitor asks for its token: Authorization: Bearer TOKEN; members of the group statemachine read it in "
    f"{PACKAGED} on its host"
)


class Access:
    """ASGI middleware: passes on what may be asked, and refuses the rest."""

    def __init__(self, app: ASGIApp, settings: Settings, neighbours: Neighbours | None = None) -> None:
        self._app = app
        self._token = settings.token
        self._of_unit = settings.token_file is None
        self._any_user = settings.any_user
        self._neighbours = neighbours or Neighbours(settings.database)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = await self._unknown(scope, headers) or _foreign(scope, headers) or _unreadable(scope, headers)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            await refusal(scope, receive, send)

    async def _unknown(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to somebody for whom this monitor isn't; None if he may go on."""
        requester = scope.get("client")
        if scope["path"] == OPEN or (isinstance(requester, Requester) and requester.over_socket_file):
            return None
        if self._token is not None:
            return self._welcome(scope) or self._without_token(scope, headers)
        if self._any_user or await self._neighbours.include(requester):
            return None
        return problem(FORBIDDEN, _ALONE.format(uid=os.geteuid()))

    def _welcome(self, scope: Scope) -> Response | None:
        """The answer to a browser that brings the token in the page's address, where it must not stay."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[-1]
        if scope["type"] != "http" or scope["path"] != "/" or not self._is_right(given):
            return None
        welcome = RedirectResponse("/", SEE_OTHER)
        welcome.set_cookie(COOKIE, given, path="/", httponly=True, samesite="strict")
        return welcome

    def _without_token(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to who has no token; None if he has."""
        if scope["type"] == "websocket":
            offered = scope.get("subprotocols", [])
            if len(offered) == 2 and offered[0] == SUBPROTOCOL and self._is_right(offered[1]):
                scope["accepted_subprotocol"] = SUBPROTOCOL
                return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._is_right(given.strip()):
            return None
        if self._is_right(_cookie(headers)):
            return None
        challenge = {"WWW-Authenticate": 'Bearer realm="statemachine"'}
        if "text/html" in headers.get("accept", "") and scope.get("method") == "GET":
            return HTMLResponse(token_page(of_unit=self._of_unit), UNAUTHORIZED, challenge)
        return problem(UNAUTHORIZED, _OF_THE_UNIT if self._of_unit else _BY_HAND, challenge)

    def _is_right(self, given: str) -> bool:
        return self._token is not None and hmac.compare_digest(given.encode("latin-1", "replace"), self._token.encode())


def _cookie(headers: Headers) -> str:
    for line in headers.getlist("cookie"):
        try:
            found: SimpleCookie = SimpleCookie(line)
        except CookieError:
            continue
        if COOKIE in found:
            return str(found[COOKIE].value)
    return ""


def _foreign(scope: Scope, headers: Headers) -> Response | None:
    """The answer to a page of another site that would change something, or listen."""
    if scope["type"] == "http" and scope["method"] in _READS:
        return None
    for origin in headers.getlist("origin"):
        if not _is_same(origin, headers.get("host", "")):
            return problem(FORBIDDEN, "the request comes from the page of another site; send it without Origin")
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


def _unreadable(scope: Scope, headers: Headers) -> Response | None:
    """The answer to a body that can't be taken."""
    if scope["type"] != "http" or scope["method"] in _READS:
        return None
    if "transfer-encoding" in headers:
        return problem(LENGTH_REQUIRED, "send the body with its Content-Length")
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > BODY_MAX:
        return problem(TOO_LARGE, f"a body has {BODY_MAX} bytes at most")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if int(length) and kind != "application/json":
        return problem(UNSUPPORTED_MEDIA_TYPE, "send JSON, with Content-Type: application/json")
    return None


def accepted_subprotocol(scope: Scope) -> str | None:
    """What to answer to a client that gave its token as a subprotocol."""
    chosen: Any = scope.get("accepted_subprotocol")
    return chosen if isinstance(chosen, str) else None
