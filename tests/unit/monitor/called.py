"""The application called without a server."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fastapi import FastAPI
from starlette.types import Message


def call(
    app: FastAPI,
    path: str,
    *,
    query: str = "",
    hosts: tuple[str, ...] = ("localhost",),
    kind: str = "http",
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> list[Message]:
    """What the application sends for one request."""
    scope: dict[str, Any] = {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [*((b"host", host.encode()) for host in hosts), *headers],
        "subprotocols": [],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return (
            {"type": "http.request", "body": b"", "more_body": False} if kind == "http" else {"type": f"{kind}.connect"}
        )

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def answer(sent: list[Message]) -> dict[str, Any]:
    """The body of what it sent, which is JSON."""
    found: dict[str, Any] = json.loads(b"".join(each["body"] for each in sent[1:]))
    return found


def problem(sent: list[Message]) -> dict[str, Any]:
    """The same, of an error."""
    assert (b"content-type", b"application/problem+json") in sent[0]["headers"]
    body = answer(sent)
    assert body["status"] == sent[0]["status"]
    return body
