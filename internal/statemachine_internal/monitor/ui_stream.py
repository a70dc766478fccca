"""``/ws/ui``: what a page shows, twenty times a second at most, and nothing while nothing changes."""

from __future__ import annotations

from typing import Any

from starlette.websockets import WebSocket

from .conversation import Conversation
from .shown import encode
from .ui_frames import Shown
from .ui_hub import Hub, View


class UiStream(Conversation):
    """One page. It says first what it shows, and may say so anew at any time."""

    def __init__(self, websocket: WebSocket, hub: Hub) -> None:
        super().__init__(websocket, (hub.ticked, hub.station.pulse.beat, hub.station.troubles))
        self._hub = hub
        self._beats = hub.station.pulse.beat.count
        self._asked: tuple[Shown, int | None] | None = None
        self._view: View | None = None
        self._problem: str | None = None

    def heard(self, message: dict[str, Any]) -> None:
        if message.get("type") == "ping":
            return
        after = message.get("after")
        if after is not None and (not isinstance(after, int) or isinstance(after, bool) or after < 0):
            raise ValueError("'after' is the id of a row, or null")
        self._asked = (Shown.parsed(message), after)

    async def speak(self) -> None:
        """Frames, and a ping where there was none for a while."""
        pulse = self._hub.station.pulse
        pulse.enter()
        self._hub.enter()
        self._hub.station.clients["ui"] += 1
        try:
            while True:
                self.wake.clear()
                said = False
                if self._problem != self._hub.station.reader.problem:
                    self._problem = self._hub.station.reader.problem
                    await self.send(encode({"type": "unavailable", "error": self._problem}))
                if self._asked is not None:
                    (shown, after), self._asked = self._asked, None
                    self._view, text = await self._hub.first(shown, after)
                    await self.send(text)
                    said = True
                elif self._view is not None:
                    frame = self._hub.frame(self._view)
                    if frame is not None:
                        await self.send(frame)
                        said = True
                if self._beats != pulse.beat.count:
                    self._beats = pulse.beat.count
                    if not said:
                        await self.send(encode({"type": "ping", "last_id": self._hub.station.reader.last_id}))
                await self.wake.wait()
        finally:
            self._hub.leave()
            self._hub.station.clients["ui"] -= 1
            pulse.leave()
