"""Who may ask for what: the token, where there is one, and requests from the pages of other sites.

::

    request ─▶ token? ─ no ─▶ 401 (/health asks nobody)
                 └─▶ changes something, or a WebSocket ─▶ from another site's page? ─▶ 403
                                                       └─▶ a body that is no JSON, or too large? ─▶ 415, 411, 413
"""

from __future__ import annotations

import hmac
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .described import FORBIDDEN, LENGTH_REQUIRED, TOO_LARGE, UNAUTHORIZED, UNSUPPORTED_MEDIA_TYPE
from .problems import problem

COOKIE = "statemachine_token"
SUBPROTOCOL = "bearer"
OPEN = "/health"
BODY_MAX = 20 * 1024 * 1024
"""Bytes: an event's payload has 16 MiB at most."""
SEE_OTHER = 303
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY_VIOLATION = 1008  # RFC 6455, section 7.4.1
_DEFAULT_PORTS = (":80", ":443")

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>statemachine monitor</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>statemachine monitor</h1>
<form method="get" action="/"><p><label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Open</button></p></form>
<p>The token is the credential of the monitor's unit: see statemachine-ui(1).</p></main></body></html>
"""


class Access:
    """ASGI middleware: passes on what may be asked, and refuses the rest."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._unknown(scope, headers) or _foreign(scope, headers) or _unreadable(scope, headers)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            await refusal(scope, receive, send)

    def _unknown(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to who has no token; None if he may go on."""
        if self._token is None or scope["path"] == OPEN:
            return None
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
        return self._login(scope, headers)

    def _login(self, scope: Scope, headers: Headers) -> Response:
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[-1]
        if scope["path"] == "/" and given and self._is_right(given):
            welcome = RedirectResponse("/", SEE_OTHER)
            welcome.set_cookie(COOKIE, given, path="/", httponly=True, samesite="strict")
            return welcome
        challenge = {"WWW-Authenticate": 'Bearer realm="statemachine"'}
        if "text/html" in headers.get("accept", "") and scope.get("method") == "GET":
            return HTMLResponse(PAGE, UNAUTHORIZED, challenge)
        return problem(UNAUTHORIZED, "this monitor asks for its token: Authorization: Bearer TOKEN", challenge)

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
