"""YAML text → nodes that know where they stand.

The events of PyYAML's parser (libyaml where there is one) are put together here rather than by its composer: that is
quicker, keeps the place of every alias, and lets depth and the growth by aliases be bounded while reading.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from statemachine_internal.definition.diagnostics import Place, Report, quoted
from statemachine_internal.definition.merge import resolve_entries
from statemachine_internal.definition.nodes import List, Map, Node, Scalar
from statemachine_internal.definition.scalars import resolve
from statemachine_internal.definition.syntax import explain

MAX_DEPTH = 64
MAX_NODES = 200_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
_SCALAR_TAGS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "null": (type(None),),
}


_SURROGATE = re.compile("[\ud800-\udfff]")  # PyYAML without libyaml lets it through as an escape


class _Stop(Exception):
    """Reading can't go on; the complaint is in the report."""


def read(text: str, report: Report) -> Node | None:
    """The one document in ``text``; None and a complaint where it is empty or not YAML."""
    builder = _Builder(report)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as problem:
        explain(problem, text, report)
        return None
    except _Stop:
        return None
    if builder.root is None:
        report.error(Place(1, 1), "empty", "the file is empty", hint="write at least 'initial_state' and 'transitions'")
    return builder.root


class _Builder:
    """Builds the tree from the parser's events, one after the other."""

    def __init__(self, report: Report) -> None:
        self.root: Node | None = None
        self._report = report
        self._documents = 0
        self._nodes = 0
        self._open: list[tuple[List | Map, list[Node]]] = []
        self._anchors: dict[str, Node] = {}
        self._unfinished: set[int] = set()

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._put(self._scalar(event), event.anchor)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._start(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(event, "several-documents", "a second document starts here", "---", "use a file for each")

    def _stop(self, event: yaml.Event, code: str, message: str, text: str, hint: str) -> None:
        self._report.error(_place(event), code, message, text=text, hint=hint)
        raise _Stop

    def _put(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        self._count(node.size, node)
        if self._open:
            self._open[-1][1].append(node)
        else:
            self.root = node

    def _count(self, nodes: int, spot: Node | Place) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            self._report.error(
                spot,
                "too-many-nodes",
                f"with its aliases spread out, the file has more than {MAX_NODES} values",
                hint="use fewer aliases, or split the definition",
            )
            raise _Stop

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        if len(self._open) >= MAX_DEPTH:
            self._stop(event, "too-deep", f"lists and maps nest deeper than {MAX_DEPTH}", "", "make it flatter")
        place = _place(event)
        node: List | Map
        if isinstance(event, yaml.MappingStartEvent):
            self._check_tag(event, "map")
            node = Map(place.line, place.column, flow=bool(event.flow_style))
        else:
            self._check_tag(event, "seq")
            node = List(place.line, place.column)
        self._unfinished.add(id(node))
        self._put(node, event.anchor)
        self._open.append((node, []))

    def _end(self) -> None:
        node, parts = self._open.pop()
        self._unfinished.discard(id(node))
        node.size += sum(part.size for part in parts)
        if isinstance(node, List):
            node.items = parts
        else:
            node.entries = resolve_entries(list(zip(parts[::2], parts[1::2], strict=True)), self._report)

    def _alias(self, event: yaml.AliasEvent) -> None:
        name = event.anchor or ""
        node = self._anchors.get(name)
        if node is None:
            hint = f"define it before with &{name}, or put quotes around a text that starts with '*'"
            self._stop(event, "unknown-alias", f"nothing is called '&{name}'", f"*{name}", hint)
        elif id(node) in self._unfinished:
            self._stop(event, "recursive-alias", f"'*{name}' stands inside of itself", f"*{name}", "write it out")
        else:
            self._count(node.size, _place(event))
            if self._open:
                self._open[-1][1].append(node)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        place, style = _place(event), event.style or ""
        plain = not style and event.tag != "!"
        if not event.value.isascii() and _SURROGATE.search(event.value):
            self._report.error(
                place, "bad-escape", "this text has half of a character", hint="write the character itself"
            )
        node = Scalar(place.line, place.column, event.value, plain, style)
        if event.tag not in (None, "!"):
            tag = self._check_tag(event, *_SCALAR_TAGS)
            node.plain = tag != "str"
            if node.plain and not _is_a(resolve(node.text), tag):
                message = f"{quoted(node.text)} doesn't fit its tag !!{tag}"
                self._report.error(node, "wrong-type", message, text=node.text, hint="remove the tag")
        return node

    def _check_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, *known: str) -> str:
        tag = event.tag
        if tag in (None, "!"):
            return known[0]
        name = tag.removeprefix(_CORE)
        if name == tag or name not in known:
            shown = f"!!{name}" if name != tag else tag
            hint = "remove it, or put quotes around a text that starts with '!'"
            self._report.error(
                _place(event), "unknown-tag", f"the tag {quoted(shown)} means nothing here", text=shown, hint=hint
            )
            return known[0]
        return name


def _is_a(value: object, tag: str) -> bool:
    return isinstance(value, _SCALAR_TAGS[tag]) and (tag == "bool" or not isinstance(value, bool))


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    return Place(1, 1) if mark is None else Place(mark.line + 1, mark.column + 1)
