"""How clients share the one loop: who has much to catch up with waits for his turn; who says much is heard slowly."""

from __future__ import annotations

import asyncio

BURST = 20
"""Messages of one client that are heard at once."""
GAP = 0.05
"""Seconds between two messages after that."""


class Turns:
    """Lets one of those who wait go on in each round of the loop, in their order.

    What is done between two calls of :meth:`mine`, a part of a long answer, holds the others up once a round, however
    many clients have long answers to come.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def mine(self) -> None:
        """Wait for the next turn; the others are served meanwhile."""
        async with self._lock:
            await asyncio.sleep(0)


class Patience:
    """How long a client's next message is left unread; what waits then is bounded by the buffers of his connection."""

    def __init__(self) -> None:
        self._next = 0.0  # when the last of the messages so far may have been said, at the pace that is kept

    def seconds(self, now: float) -> float:
        """A message was heard; returns the seconds to wait for the next one."""
        self._next = max(self._next, now - BURST * GAP) + GAP
        return max(0.0, self._next - now)
