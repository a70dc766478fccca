"""The shapes of a diagram in the API's description; ``statemachine_internal.diagram`` makes them."""

from __future__ import annotations

from pydantic import BaseModel, Field


class GraphAction(BaseModel):
    """An action: its type, and a line of what it does."""

    type: str
    text: str


class GraphState(BaseModel):
    """A state."""

    name: str
    initial: bool
    final: bool
    group: str | None = None
    outside: bool = Field(description="it belongs to another part, and is only an end of a transition here")
    actions: list[GraphAction]
    timeouts: list[float] = Field(description="seconds")


class GraphTransition(BaseModel):
    """A transition, from one state."""

    id: str
    source: str = Field(alias="from", description="a state, or * for every state")
    to: str | None = Field(None, description="null: an internal transition")
    event: str | None = None
    timeout: float | None = Field(None, description="seconds")
    when: str | None = None
    interrupt: bool
    actions: list[GraphAction]


class GraphGroup(BaseModel):
    """States that belong together."""

    name: str
    states: list[str]


class Graph(BaseModel):
    """A definition as states and transitions."""

    name: str
    initial: str | None = None
    groups: list[GraphGroup]
    states: list[GraphState]
    transitions: list[GraphTransition]


class Diagram(BaseModel):
    """A diagram of a machine, or of a part of it."""

    machine: str
    part: str | None = None
    graph: Graph
    mermaid: str
    definition_hash: str


class Part(BaseModel):
    """A part that has a diagram of its own."""

    name: str
    title: str
    states: list[str]


class Parts(BaseModel):
    """The parts of a machine's diagram; the first is the whole."""

    machine: str
    parts: list[Part]
