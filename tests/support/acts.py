"""Actions that do what a test tells them: ``{type: act, do: NAME}`` awaits what stands under NAME."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from statemachine_internal.actions.base import BaseAction, InstantAction
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope, Scope

ACTS: dict[str, Callable[[dict[str, Any]], Awaitable[str | None]]] = {}
RUNS: dict[str, Callable[[Scope], Awaitable[Outcome]]] = {}
INSTANTS: dict[str, Callable[[InstantScope], Outcome]] = {}

TYPES = {
    "act": ("support.acts", "ActAction"),
    "run": ("support.acts", "RunAction"),
    "instant": ("support.acts", "InstantlyAction"),
    "unmade": ("support.acts", "UnmadeAction"),
}


class ActAction(BaseAction):
    """A custom action as users write them."""

    async def execute(self, context: dict[str, Any]) -> str | None:
        return await ACTS[self.config["do"]](context)


class RunAction(BaseAction):
    """An awaiting action that gives an ``Outcome``."""

    async def run(self, scope: Scope) -> Outcome:
        return await RUNS[self.config["do"]](scope)


class InstantlyAction(InstantAction):
    """An action inside the transaction."""

    def perform(self, scope: InstantScope) -> Outcome:
        return INSTANTS[self.config["do"]](scope)


class UnmadeAction(ActAction):
    """An action that can't even be made."""

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        super().__init__(config)
        raise TimeoutError("no answer while it was made")


class Gate:
    """What an ``act`` does: it begins, and ends when the test opens it.

    ``began``, ``ended`` and ``cancelled`` count; ``event`` is emitted, ``error`` raised instead.
    """

    def __init__(self, event: str | None = None, error: Exception | None = None) -> None:
        self.event, self.error = event, error
        self.began = self.ended = self.cancelled = 0
        self._going, self._open = asyncio.Event(), asyncio.Event()

    async def __call__(self, context: dict[str, Any]) -> str | None:
        self.began += 1
        self._going.set()
        try:
            await self._open.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.ended += 1
        context["worked"] = self.ended
        if self.error is not None:
            raise self.error
        return self.event

    async def going(self) -> None:
        """Wait until it has begun, since the last call."""
        async with asyncio.timeout(10):
            await self._going.wait()
        self._going.clear()

    def open(self) -> None:
        """Let it end, now and whenever it is run again."""
        self._open.set()
