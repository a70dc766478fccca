"""Diagrams: of a machine, and of its parts."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from statemachine_internal.diagram import metadata
from statemachine_internal.store.overview import MONITOR, Overview

from ..definitions import Drawn, diagram, drawn
from ..described import NOT_FOUND, RESPONSES, AsciiJson
from ..graph_answers import Diagram, Parts
from ..station import Station
from .machines import unknown


def diagram_routes(station: Station) -> APIRouter:
    """``/api/diagram/{m}``, its metadata, and its parts."""
    router = APIRouter(tags=["diagrams"], responses=RESPONSES)

    def found(machine: str) -> Drawn:
        return station.readings.read(lambda database: _drawn(database, machine))

    @router.get("/api/diagram/{machine}", response_model=Diagram)
    def whole(machine: str) -> Response:
        """The machine's definition as a graph, and as Mermaid."""
        return AsciiJson(diagram(machine, found(machine)))

    @router.get("/api/diagram/{machine}/metadata", response_model=Parts)
    def parts(machine: str) -> Response:
        """The parts that have diagrams of their own."""
        answer: dict[str, Any] = metadata(machine, found(machine).graph)
        return AsciiJson(answer)

    @router.get("/api/diagram/{machine}/{part:path}", response_model=Diagram)
    def one_part(machine: str, part: str) -> Response:
        """One part, as a graph and as Mermaid."""
        made = diagram(machine, found(machine), part)
        if made is None:
            raise HTTPException(NOT_FOUND, f"the diagram of machine '{machine[:64]}' has no part '{part[:128]}'")
        return AsciiJson(made)

    return router


def _drawn(database: Overview, machine: str) -> Drawn:
    rows = database.rows(MONITOR.machine, machine)
    if not rows:
        raise unknown(machine)
    return drawn(database, machine, rows[0]["definition_hash"])
