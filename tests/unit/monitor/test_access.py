"""A monitor without a token, and the other users of its host."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from statemachine_internal.monitor.access import Access
from statemachine_internal.monitor.neighbours import Neighbours
from statemachine_internal.monitor.requester import Requester
from statemachine_internal.monitor.settings import Settings

STRANGER = 4_000_000


def requester(*, over_socket_file: bool = False) -> Requester:
    made = Requester(("127.0.0.1", 1))
    made.over_socket_file, made.seen = over_socket_file, None
    made.ends = None if over_socket_file else (("127.0.0.1", 1), ("127.0.0.1", 2))
    return made


@pytest.fixture(autouse=True)
def _connected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Requester, "is_connected", lambda _: True)


def ask(
    path: str,
    uid: int | None,
    *,
    kind: str = "http",
    client: object = None,
    settings: Callable[..., Settings] = Settings,
    extensions: dict[str, Any] | None = None,
) -> list[Message]:
    """What is sent for a request of a user's; a status of 200 is the application's."""
    sent: list[Message] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        raise AssertionError("nobody is asked for more")

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {"type": kind, "path": path, "query_string": b"", "headers": [], "method": "GET"}
    scope |= {"client": client or requester(), "extensions": extensions}
    access = Access(application, settings(database="/none/x.db"), Neighbours("/none/x.db", lambda *_: uid))
    asyncio.run(access(scope, receive, send))
    return sent


@pytest.mark.req("H5")
@pytest.mark.parametrize(
    ("uid", "why"),
    [
        (STRANGER, "this monitor serves uid {uid}'s machines alone; start it with --token-file to share it"),
        (
            None,
            "the kernel doesn't say whose this connection is, and this monitor serves uid {uid}'s machines alone; "
            "start it with --token-file",
        ),
    ],
)
def test_another_user_is_refused_and_told_the_way_out(uid: int | None, why: str) -> None:
    start, body = ask("/api/machines", uid)
    assert start["status"] == 403
    assert (b"content-type", b"application/problem+json") in start["headers"]
    assert json.loads(body["body"])["detail"] == why.format(uid=os.geteuid())
    assert ask("/ws", uid, kind="websocket") == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.req("H5")
def test_the_monitor_s_own_user_comes_in() -> None:
    for kind in ("http", "websocket"):
        assert ask("/ws", os.geteuid(), kind=kind)[0]["status"] == 200


@pytest.mark.req("H5")
def test_nobody_is_asked_for_health_nor_at_the_socket_file_nor_where_any_user_may() -> None:
    assert ask("/health", STRANGER)[0]["status"] == 200
    assert ask("/api/machines", STRANGER, client=requester(over_socket_file=True))[0]["status"] == 200
    assert ask("/api/machines", STRANGER, settings=lambda **given: Settings(any_user=True, **given))[0]["status"] == 200


@pytest.mark.req("H5")
def test_a_websocket_is_refused_in_words_where_the_server_can() -> None:
    start, body = ask("/ws", STRANGER, kind="websocket", extensions={"websocket.http.response": {}})
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 403)
    assert body["type"] == "websocket.http.response.body"
    assert "--token-file" in json.loads(body["body"])["detail"]
