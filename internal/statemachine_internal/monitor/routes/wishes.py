"""What clients want of a machine: that it pauses, goes on, or starts over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from statemachine_internal.runtime import wishing

from ..answers import Machine
from ..described import CHANGES, CONFLICT, JsonText
from ..station import Station
from .machines import unknown


def wish_routes(station: Station) -> APIRouter:
    """``/api/machines/{m}/pause``, ``resume`` and ``reset``."""
    router = APIRouter(tags=["machines"], responses=CHANGES)

    async def done(machine: str, wish: Callable[[str, str], bool], refusal: str) -> Response:
        if not await asyncio.to_thread(wish, station.settings.database, machine):
            raise HTTPException(CONFLICT, f"machine '{machine}' {refusal}")
        station.picture.look_at_all()
        station.settle()
        if machine not in station.picture.machines:
            raise unknown(machine)
        return JsonText(station.picture.text(machine))

    @router.post("/api/machines/{machine}/pause", response_model=Machine)
    async def pause(machine: str) -> Response:
        """Make a machine take up nothing; events for it are kept."""
        return await done(machine, wishing.pause, "is paused already")

    @router.post("/api/machines/{machine}/resume", response_model=Machine)
    async def resume(machine: str) -> Response:
        """Let a paused machine go on."""
        return await done(machine, wishing.unpause, "is not paused")

    @router.post("/api/machines/{machine}/reset", response_model=Machine)
    async def reset(machine: str) -> Response:
        """Make a machine start over: at once where it runs, else at its next start."""
        return await done(machine, wishing.reset, "runs, and starts over as soon as it can; it has not yet")

    return router
