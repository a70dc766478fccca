"""What the reader makes of a YAML text: scalars, lists and maps that know where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from statemachine_internal.definition.scalars import resolve


@dataclass(slots=True, eq=False)
class Scalar:
    """A piece of text. ``plain`` ones may stand for null, a boolean or a number; ``style`` is its opening mark."""

    line: int
    column: int
    text: str
    plain: bool = True
    style: str = ""
    size: int = 1

    @property
    def value(self) -> Any:
        """What it means: None, a boolean, a number, or its text."""
        return resolve(self.text) if self.plain else self.text

    @property
    def null(self) -> bool:
        """Whether it says that nothing is given."""
        return self.plain and self.value is None


@dataclass(slots=True, eq=False)
class List:
    """A list; ``size`` counts its nodes with every alias spread out."""

    line: int
    column: int
    items: list[Node] = field(default_factory=list)
    size: int = 1


@dataclass(slots=True, eq=False)
class Map:
    """A map with unique keys, merge keys already resolved. ``flow`` is true where it was written in braces."""

    line: int
    column: int
    entries: list[tuple[Scalar, Node]] = field(default_factory=list)
    flow: bool = False
    size: int = 1

    def get(self, key: str) -> Node | None:
        """The value under ``key``; None where it is absent or null."""
        for name, value in self.entries:
            if name.text == key:
                return None if is_null(value) else value
        return None


Node = Scalar | List | Map


def is_null(node: Node) -> bool:
    """Whether ``node`` is an empty value, ``null`` or ``~``."""
    return isinstance(node, Scalar) and node.null


def plain_data(node: Node) -> Any:
    """The node as dict, list, str, int, float, bool and None."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, List):
        return [plain_data(item) for item in node.items]
    return {key.value: plain_data(value) for key, value in node.entries}


def scalars_in(node: Node) -> Iterator[Scalar]:
    """Every scalar of a value, keys left out."""
    if isinstance(node, Scalar):
        yield node
        return
    for part in node.items if isinstance(node, List) else [value for _, value in node.entries]:
        yield from scalars_in(part)


def kind(node: Node) -> str:
    """A word for messages: what sort of thing ``node`` is."""
    if isinstance(node, List):
        return "a list"
    if isinstance(node, Map):
        return "a map"
    value = node.value
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "a boolean"
    return "a number" if isinstance(value, int | float) else "a text"


def shown(node: Node) -> str:
    """The offending text for a diagnostic."""
    return node.text if isinstance(node, Scalar) else ""
