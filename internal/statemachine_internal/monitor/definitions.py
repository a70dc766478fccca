"""The definitions that machines run by, as the database keeps them; read and drawn once each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from statemachine_internal.definition.loading import parse
from statemachine_internal.diagram import Graph, as_json, graph_of, part_of
from statemachine_internal.diagram.mermaid import render
from statemachine_internal.errors import StateMachineError
from statemachine_internal.store.overview import MONITOR, Overview

EVERY_STATE = "*"


class NoDefinition(StateMachineError):
    """The database has no definition that could be drawn."""

    code = "no_definition"

    def __init__(self, machine: str, problem: str) -> None:
        self.machine = machine
        super().__init__(f"there is no diagram of machine '{machine}': {problem}")


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A definition as a graph."""

    digest: str
    graph: Graph

    def takes(self, state: str) -> list[str]:
        """The events that a state takes."""
        found = {
            edge["event"]: None
            for edge in as_json(self.graph)["transitions"]
            if edge["from"] in (state, EVERY_STATE) and edge["event"] and edge["timeout"] is None
        }
        return list(found)


def drawn(database: Overview, machine: str, digest: str) -> Drawn:
    """The definition of a machine.

    Raises:
        NoDefinition: it isn't there, or this program can't read it.
    """
    rows = database.rows(MONITOR.definition, digest)
    if not rows:
        raise NoDefinition(machine, "its definition is not stored; it is from its next start on")
    graph = _graph(rows[0]["text"], rows[0]["file"])
    if graph is None:
        raise NoDefinition(machine, f"its definition has errors; see: statemachine validate {rows[0]['file']}")
    return Drawn(digest=digest, graph=graph)


def diagram(machine: str, found: Drawn, part: str | None = None) -> dict[str, Any] | None:
    """The diagram, or the part of this name; None if there is no such part."""
    graph = found.graph if part is None else part_of(found.graph, part)
    if graph is None:
        return None
    return {
        "machine": machine,
        "part": part,
        "graph": as_json(graph),
        "mermaid": render(graph),
        "definition_hash": found.digest,
    }


@lru_cache(maxsize=64)
def _graph(text: str, file: str) -> Graph | None:
    definition = parse(text, file).definition
    return None if definition is None else graph_of(definition)
