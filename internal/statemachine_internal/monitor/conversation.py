"""A WebSocket from its opening to its end: one task listens to the client, the other speaks."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from .bell import Bell
from .moments import iso, now
from .presented import accepted_subprotocol
from .shown import encode
from .turns import Patience

try:
    from websockets.exceptions import ConnectionClosed
except ModuleNotFoundError:  # another library serves the WebSockets
    ConnectionClosed = OSError  # type: ignore[assignment,misc]

GONE = (WebSocketDisconnect, ConnectionClosed, OSError, RuntimeError)
"""What a send to a client who has left raises, by the version of starlette, uvicorn and websockets."""
BARE_WORDS = ("ping", "refresh")


class Conversation:
    """What the streams have in common. ``speak`` is theirs, and ``heard``, which gets each map that the client sends.

    ``wake`` is set by the bells, and whenever the client has said something.
    """

    def __init__(self, websocket: WebSocket, bells: tuple[Bell, ...]) -> None:
        self.wake = asyncio.Event()
        self._websocket = websocket
        self._bells = bells

    async def speak(self) -> None:
        """Say what there is to say, wait for ``wake``, and so on; ends only with the connection."""
        raise NotImplementedError

    def heard(self, message: dict[str, Any]) -> None:
        """The client said this.

        Raises:
            ValueError: that makes no sense.
        """
        raise NotImplementedError

    async def hold(self) -> None:
        """Open it, and hold it until the client or the server ends it."""
        await self._websocket.accept(subprotocol=accepted_subprotocol(self._websocket.scope))
        for bell in self._bells:
            bell.wake(self.wake)
        speaking = asyncio.create_task(self._speak())
        try:
            await self._listen()
        finally:
            for bell in self._bells:
                bell.let_be(self.wake)
            speaking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await speaking

    async def send(self, text: str) -> None:
        """Send a message; waits while the client's buffers are full."""
        await self._websocket.send({"type": "websocket.send", "text": text})

    async def say(self, type: str, id: int, payload: dict[str, Any], **more: Any) -> None:
        """Send a message that is no row of the feed, in the form of one."""
        message = {"id": id, "type": type, "machine_name": "", "payload": payload, "timestamp": iso(now()), **more}
        await self.send(encode(message))

    async def _speak(self) -> None:
        with contextlib.suppress(*GONE):
            await self.speak()

    async def _listen(self) -> None:
        clock, patience = asyncio.get_running_loop().time, Patience()
        while True:
            try:
                message = await self._websocket.receive()
            except GONE:
                return
            if message["type"] != "websocket.receive":
                return
            try:
                self.heard(_understood(message.get("text") or message.get("bytes") or ""))
            except (ValueError, RecursionError) as error:
                with contextlib.suppress(*GONE):
                    await self.say("bad_request", 0, {"error": f"{error}"[:200]})
            self.wake.set()
            await asyncio.sleep(patience.seconds(clock()))


def _understood(said: str | bytes) -> dict[str, Any]:
    """A message as a map; a bare word stands for its type.

    Raises:
        ValueError: it is neither.
        RecursionError: it is nested too deep.
    """
    if said in BARE_WORDS:
        return {"type": said}
    given = json.loads(said)
    if not isinstance(given, dict):
        raise ValueError("a message is a JSON map")
    return given
