"""What a renderer is."""

from __future__ import annotations

from typing import Protocol

from statemachine_internal.diagram.graph import Graph


class Renderer(Protocol):
    """A module of this package that turns a graph into text.

    Every state and every edge of the graph is in the text once, whatever their names.
    """

    @property
    def SUFFIX(self) -> str:
        """The ending of its files, with the dot."""
        ...

    def render(self, graph: Graph) -> str:
        """The text, which ends with a line feed."""
        ...
