"""How a request brings the token: in a header, as a WebSocket's subprotocol, or in the cookie that the form sets."""

from __future__ import annotations

import hashlib
import hmac
from hmac import compare_digest
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

SUBPROTOCOL = "bearer"
FORM = "application/x-www-form-urlencoded"
FORM_MAX = 4096
"""Bytes."""
SEE_OTHER = 303


class Presented:
    """Compares what requests bring with one token.

    A browser sends its cookies to every port of a host. So the cookie's name is of this token, lest monitors that are
    reached through ssh at ports of one host take each other's place, and its value is not the token itself.
    """

    def __init__(self, token: str) -> None:
        self._token = token.encode("ascii")
        self._kept = self._derived("cookie")
        self.cookie = f"statemachine_{self._derived('name')[:8].decode()}"

    def is_in(self, scope: Scope, headers: Headers) -> bool:
        """Whether this request brings it. If as a subprotocol, ``accepted_subprotocol`` has what to answer."""
        offered = scope.get("subprotocols", [])
        if len(offered) == 2 and offered[0] == SUBPROTOCOL and self._is_token(offered[1]):
            scope["accepted_subprotocol"] = SUBPROTOCOL
            return True
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == SUBPROTOCOL and self._is_token(given.strip()):
            return True
        return _same(HTTPConnection(scope).cookies.get(self.cookie, ""), self._kept)

    def welcome(self, form: bytes, *, secure: bool) -> Response | None:
        """The answer to a browser that brings it in the form; None if it is another.

        ``secure``: the browser has come over https, and is to send the cookie over nothing else.
        """
        if not self._is_token(parse_qs(form.decode("latin-1")).get("token", [""])[-1].strip()):
            return None
        response = RedirectResponse("/", SEE_OTHER)
        response.set_cookie(self.cookie, self._kept.decode(), path="/", httponly=True, samesite="strict", secure=secure)
        return response

    def _is_token(self, given: str) -> bool:
        return _same(given, self._token)

    def _derived(self, purpose: str) -> bytes:
        return hmac.new(self._token, f"statemachine {purpose}".encode(), hashlib.sha256).hexdigest().encode()


def _same(given: str, right: bytes) -> bool:
    return compare_digest(given.encode("latin-1", "replace"), right)


def accepted_subprotocol(scope: Scope) -> str | None:
    """What to answer to a client that gave its token as a subprotocol."""
    chosen: object = scope.get("accepted_subprotocol")
    return chosen if isinstance(chosen, str) else None
