"""Whoever sends to a machine that runs on the same event loop as the test."""

from __future__ import annotations

import asyncio
from typing import Any

from statemachine_internal.control.client import Connection
from statemachine_internal.control.envelope import Reply, encode_message


class Sender:
    """One connection to a control socket; it never blocks the loop that serves it."""

    def __init__(self, path: str) -> None:
        self._connection = Connection(path)

    def post(
        self, type: str, payload: dict[str, Any] | None = None, *, job_id: str | None = None, uid: str | None = None
    ) -> None:
        """Put a message into the socket, and wait for nothing."""
        data = encode_message(type, payload, job_id=job_id, source="test", uid=uid)
        assert self._connection.send_nowait(data)

    async def reply(self) -> Reply:
        """The reply to the oldest message that has none yet."""
        loop = asyncio.get_running_loop()
        readable = asyncio.Event()
        fd = self._connection.fileno()
        loop.add_reader(fd, readable.set)
        try:
            async with asyncio.timeout(10):
                await readable.wait()
        finally:
            loop.remove_reader(fd)
        return self._connection.receive(1)

    async def send(
        self, type: str, payload: dict[str, Any] | None = None, *, job_id: str | None = None, uid: str | None = None
    ) -> Reply:
        """Send a message, and wait for its reply."""
        self.post(type, payload, job_id=job_id, uid=uid)
        return await self.reply()

    def close(self) -> None:
        self._connection.close()
