"""The feed of another host, from its monitor's WebSocket, with what was missed in between."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from statemachine_internal.errors import StateMachineError
from statemachine_internal.feed.tail import Happened

AGAIN = 1.0  # seconds before the monitor is tried again
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_ROWS = frozenset({"initial", "ping", "pong", "overflow", "unavailable"})


class LibraryMissing(StateMachineError):
    """There is no WebSocket client here."""

    code = "no_websockets"

    def __init__(self) -> None:
        super().__init__(
            "a monitor elsewhere is read with Python's 'websockets', which is missing; install python3-websockets "
            "(or, in a venv: pip install websockets)"
        )


class Unreachable(StateMachineError):
    """The monitor doesn't answer, or not to us."""

    code = "unreachable"


async def rows(
    host: str, port: int, token: str | None, after: int | None, greeted: Callable[[int], None]
) -> AsyncIterator[Happened]:
    """The rows of one connection, until it ends. ``after`` None begins with what comes next.

    ``greeted`` is called with the id of the monitor's newest row when that one greets.

    Raises:
        LibraryMissing: no WebSocket client is installed.
        Unreachable: nobody answers there, or the token isn't right, or the connection broke.
    """
    try:
        from websockets.exceptions import WebSocketException
    except ModuleNotFoundError as error:
        raise LibraryMissing from error
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        # Said in the address, it counts before the first row is sent; said in a message, it may come after some.
        asked = "" if after is None else f"?after={after}"
        async with _connect(f"ws://{where}/ws{asked}", token) as connection:
            async for text in connection:
                message = json.loads(text)
                if message["type"] == "initial":
                    greeted(message["payload"]["last_id"])
                if message["type"] not in _NO_ROWS:
                    yield _happened(message)
    except (OSError, WebSocketException) as error:
        raise Unreachable(f"the monitor at {where} can't be followed: {_reason(error, token)}") from error


def _reason(error: Exception, token: str | None) -> str:
    """What went wrong, in words for a person."""
    status = getattr(getattr(error, "response", None), "status_code", getattr(error, "status_code", None))
    if status in (401, 403):
        hint = "; give its token with --token-file, or ask as the user whose monitor it is" if token is None else ""
        return f"it refuses {'us' if token is None else 'this token'} (HTTP {status}){hint}"
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno) if error.errno > 0 else str(error.strerror)  # below 0: of getaddrinfo
    return str(error) or type(error).__name__


def _connect(url: str, token: str | None) -> Any:
    import websockets

    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    major = int(getattr(websockets, "__version__", "10").split(".")[0])
    name = "additional_headers" if major >= 14 else "extra_headers"
    return websockets.connect(url, max_size=None, **{name: headers})  # type: ignore[arg-type]  # differs by version


def _happened(message: dict[str, Any]) -> Happened:
    at = (datetime.fromisoformat(message["timestamp"]) - _EPOCH) // timedelta(microseconds=1)
    return Happened(message["id"], message["type"], message["machine_name"], message["payload"], at)
