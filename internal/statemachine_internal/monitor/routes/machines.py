"""Machines: all of them, and one with all that there is to know of it."""

from __future__ import annotations

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from statemachine_internal.store.overview import MONITOR, Overview

from ..answers import MachineDetails, Machines
from ..definitions import NoDefinition, drawn
from ..described import NOT_FOUND, RESPONSES, JsonText
from ..queue_watch import LONGEST
from ..shown import shown
from ..station import Station

PENDING_SHOWN = 100
IGNORED_SHOWN = 20


def machine_routes(station: Station) -> APIRouter:
    """``/api/machines`` and ``/api/machines/{m}``."""
    router = APIRouter(tags=["machines"], responses=RESPONSES)

    @router.get("/api/machines", response_model=Machines)
    async def machines() -> Response:
        """All machines, and the id of the feed that this is true for."""
        station.picture.stir()
        last_id = station.settle()
        return JsonText(f'{{"machines":[{",".join(station.picture.texts())}],"last_id":{last_id}}}')

    @router.get("/api/machines/{machine}", response_model=MachineDetails)
    async def machine(machine: str) -> MachineDetails:
        """A machine, with its context, timers and inbox."""
        station.picture.stir(machine)
        station.settle()
        found = station.picture.machines.get(machine)
        if found is None:
            raise unknown(machine)
        details = await station.reading(lambda database: _details(database, machine))
        return MachineDetails(**{**found, **details})

    return router


def unknown(machine: str) -> HTTPException:
    return HTTPException(NOT_FOUND, f"no machine '{machine[:64]}' has run here; see: statemachine-db machine-state")


def _details(database: Overview, machine: str) -> dict[str, object]:
    rows = database.rows(MONITOR.machine, machine)
    if not rows:
        raise unknown(machine)
    row = shown(rows[0])
    state = row.pop("state")
    _, last = database.event_ends()
    ignored = database.rows(
        MONITOR.events_down,
        max(0, last - 20_000), last + 1, machine, None, None, "ignored", None, LONGEST, IGNORED_SHOWN,
    )  # fmt: skip
    return {
        "context": row.pop("context"),
        "timers": [shown(timer) for timer in database.rows(MONITOR.timers, machine)],
        "pending_events": [shown(each) for each in database.rows(MONITOR.pending, machine, LONGEST, PENDING_SHOWN)],
        "recent_ignored": [shown(each) for each in ignored],
        "takes": _takes(database, machine, row["definition_hash"], state),
        "unit": row,
    }


def _takes(database: Overview, machine: str, digest: str, state: str) -> list[str]:
    try:
        return drawn(database, machine, digest).takes(state)
    except NoDefinition:
        return []
