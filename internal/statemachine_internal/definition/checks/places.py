"""Where a value stands: a definition keeps the places of actions and transitions, its nodes those of all in them."""

from __future__ import annotations

from collections.abc import Iterator

from statemachine_internal.definition.diagnostics import Place, Spot
from statemachine_internal.definition.model import Position
from statemachine_internal.definition.nodes import List, Map, Node, Scalar, scalars_in

_HIDDEN = frozenset({"type", "params", "name", "description", "retry", "timeout", "error", "when"})


class Places:
    """The nodes of a file, found by where they begin."""

    def __init__(self, root: Map, text: str) -> None:
        self.root = root
        self._lines = text.split("\n")
        self._maps: dict[tuple[int, int], Map] = {}
        self._texts: dict[tuple[int, int], Scalar] = {}
        self._add(root)

    def _add(self, node: Node) -> None:
        at = (node.line, node.column)
        if isinstance(node, Scalar):
            self._texts.setdefault(at, node)
        elif isinstance(node, List):
            for item in node.items:
                self._add(item)
        elif self._maps.setdefault(at, node) is node:
            for _, value in node.entries:
                self._add(value)

    def value(self, position: Position, *keys: str) -> Node | None:
        """The value of the first of ``keys`` that the map at ``position`` has, flat or under ``params``."""
        node = self._maps.get((position.line, position.column))
        for key in keys if node is not None else ():
            found = node.get(key) if node is not None else None
            params = node.get("params") if node is not None else None
            if found is None and isinstance(params, Map):
                found = params.get(key)
            if found is not None:
                return found
        return None

    def of(self, position: Position, *keys: str) -> Spot:
        """The place of that value; ``position`` itself where there is none."""
        return self.value(position, *keys) or position

    def name_in(self, position: Position, name: str, *keys: str) -> Spot:
        """The same; where the value is a list or a map, the place of ``name`` in it."""
        value = self.value(position, *keys)
        found = None if value is None else next((text for text in scalars_in(value) if text.text == name), value)
        return found or position

    def texts(self, position: Position) -> Iterator[tuple[str, Scalar]]:
        """Every text that the engine fills in the action at ``position``, with the key that it stands under."""
        at = (position.line, position.column)
        if (action := self._maps.get(at)) is not None:
            yield from self._filled(action)
        elif (line := self._texts.get(at)) is not None:
            yield "command", line  # a step of a multi_step that is a shell line

    def _filled(self, action: Map) -> Iterator[tuple[str, Scalar]]:
        for key, value in action.entries:
            if key.text == "params" and isinstance(value, Map):
                yield from self._filled(value)
            elif key.text not in _HIDDEN:
                yield from ((key.text, text) for text in scalars_in(value))

    def within(self, node: Scalar, source: str) -> Spot:
        """Where ``source`` stands in a text, which may have several lines; the text's own place if it isn't found."""
        column = node.column - 1
        for at in range(node.line - 1, min(node.line + node.text.count("\n") + 50, len(self._lines))):
            found = self._lines[at].find(source, column)
            if found >= 0:
                return Place(at + 1, found + 1)
            column = 0
        return node
