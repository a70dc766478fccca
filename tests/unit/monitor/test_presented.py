"""How a request brings the token."""

from __future__ import annotations

import hmac
from typing import Any

import pytest
from starlette.datastructures import Headers

from statemachine_internal.monitor import presented
from statemachine_internal.monitor.presented import Presented, accepted_subprotocol

TOKEN = "abcdefghijklmnop-0123456789"
OTHER = "abcdefghijklmnop-0123456780"


def brings(headers: dict[str, str], subprotocols: list[str] | None = None) -> tuple[bool, str | None]:
    """Whether this brings it, and the subprotocol to answer with."""
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "websocket", "headers": raw, "subprotocols": subprotocols or []}
    return Presented(TOKEN).is_in(scope, Headers(scope=scope)), accepted_subprotocol(scope)


def cookie_of(token: str, *, secure: bool = False) -> str:
    welcome = Presented(TOKEN).welcome(f"token={token}".encode(), secure=secure)
    return "" if welcome is None else welcome.headers["set-cookie"]


@pytest.mark.req("H5")
def test_a_header_a_subprotocol_and_the_cookie_of_the_form_bring_it() -> None:
    assert brings({"Authorization": f"Bearer {TOKEN}"}) == (True, None)
    assert brings({}, ["bearer", TOKEN]) == (True, "bearer")
    assert brings({"Cookie": cookie_of(TOKEN).partition(";")[0]}) == (True, None)
    assert brings({}) == (False, None)
    assert brings({}, ["bearer", OTHER]) == brings({}, ["bearer", TOKEN, "x"]) == (False, None)


@pytest.mark.req("H5")
@pytest.mark.parametrize("other", ["a=b", 'a={"b": "c d"}', "a", "=", "é=ü", "a=b=c"])
def test_the_cookies_of_other_servers_at_the_host_are_no_hindrance(other: str) -> None:
    ours = cookie_of(TOKEN).partition(";")[0]
    assert brings({"Cookie": f"{other}; {ours}; {other}"})[0]


@pytest.mark.req("H5")
@pytest.mark.parametrize("wrong", ["", OTHER, "ü" * 27, "\0", "%F0%9F%98%80", TOKEN[:-1], TOKEN + "0"])
def test_what_is_not_the_token_gets_no_cookie(wrong: str) -> None:
    assert cookie_of(wrong) == ""


@pytest.mark.req("H5")
def test_the_cookie_is_for_this_host_s_pages_alone_and_is_not_the_token() -> None:
    kept = cookie_of(TOKEN)
    assert TOKEN not in kept
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= {part.strip() for part in kept.split(";")}
    assert "Secure" not in kept
    assert "Secure" in cookie_of(TOKEN, secure=True)
    assert brings({"Cookie": f"{Presented(TOKEN).cookie}={TOKEN}"}) == (False, None)


@pytest.mark.req("H5")
def test_each_comparison_takes_the_same_time_wherever_the_first_difference_is(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def compare(given: bytes, right: bytes) -> bool:
        compared.append(given)
        return hmac.compare_digest(given, right)

    monkeypatch.setattr(presented, "compare_digest", compare)
    cookie = Presented(TOKEN).cookie
    brings({"Authorization": "Bearer one", "Cookie": f"{cookie}=two"}, ["bearer", "three"])
    cookie_of("four")
    assert set(compared) == {b"one", b"two", b"three", b"four"}
