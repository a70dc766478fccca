"""Reads drawings back: the states and edges that a text of each format has, strict about everything else in it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree

from statemachine_internal.diagram import Edge, Graph
from statemachine_internal.diagram.labels import edge_label
from statemachine_internal.diagram.scxml import OURS
from statemachine_internal.service.printable import printable
from support.scxml_rules import SCXML, problems

Key = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Reader:
    """``read`` gives the names of the states and a key for each edge, ``key`` the key that an edge should have."""

    read: Callable[[str], tuple[list[str], list[Key]]]
    key: Callable[[Edge], Key]


def expected(graph: Graph, reader: Reader) -> tuple[list[str], list[Key]]:
    """What the text of this graph should read as, sorted."""
    return sorted(printable(state.name) for state in graph.states), sorted(map(reader.key, graph.transitions))


def _by_label(edge: Edge) -> Key:
    return printable(edge.source), printable(edge.target or ""), edge_label(edge)


def _by_id(edge: Edge) -> Key:
    return (printable(edge.id),)


_LABEL = r"(?:[\w .,()/+=!?'-]|#\d+;)+"
_MERMAID_STATE = re.compile(rf'state "({_LABEL})" as (\w+)')
_MERMAID_GROUP = re.compile(rf'state "{_LABEL}" as \w+ {{')
_MERMAID_EDGE = re.compile(rf"(\w+) --> (\w+) : ({_LABEL})")
_MERMAID_INNER = re.compile(rf"(\w+) : ({_LABEL})")
_MERMAID_ENDS = re.compile(r"\[\*\] --> \w+|\w+ --> \[\*\]|classDef outside stroke-dasharray:4|class [\w,]+ outside|}")


def _mermaid(text: str) -> tuple[list[str], list[Key]]:
    first, *lines = text.splitlines()
    assert first == "stateDiagram-v2"
    names: dict[str, str] = {}
    edges: list[tuple[str, str, str]] = []
    for line in map(str.lstrip, lines):
        if state := _MERMAID_STATE.fullmatch(line):
            assert state.group(2) not in names, line
            names[state.group(2)] = _unescaped(state.group(1))
        elif edge := _MERMAID_EDGE.fullmatch(line):
            edges.append((edge.group(1), edge.group(2), _unescaped(edge.group(3))))
        elif inner := _MERMAID_INNER.fullmatch(line):
            edges.append((inner.group(1), "", _unescaped(inner.group(2))))
        else:
            assert _MERMAID_GROUP.fullmatch(line) or _MERMAID_ENDS.fullmatch(line), line
    ends = names | {"any": "*", "": ""}
    states = [name for word, name in names.items() if word != "any"]
    return states, [(ends[source], ends[target], label) for source, target, label in edges]


def _unescaped(text: str) -> str:
    return re.sub(r"#(\d+);", lambda match: chr(int(match.group(1))), text)


_STRING = r'"((?:[^"\\]|\\.)*)"'
_DOT_NODE = re.compile(rf"{_STRING} \[label={_STRING}(?:, peripheries=2)?(?:, style=\"rounded,dashed\")?\]")
_DOT_EDGE = re.compile(rf"{_STRING} -> {_STRING} \[label={_STRING}\]")
_DOT_OTHER = re.compile(
    rf"digraph {_STRING} {{|(?:graph|node|edge) \[.*\]|label={_STRING}|subgraph cluster_\d+ {{|}}"
    r'|"start" \[shape=point, label=""\]|"start" -> "\w+"'
)


def _dot(text: str) -> tuple[list[str], list[Key]]:
    names: dict[str, str] = {}
    inside: dict[str, list[str]] = {}
    edges: list[tuple[str, str, str]] = []
    for line in map(str.strip, text.splitlines()):
        if edge := _DOT_EDGE.fullmatch(line):
            (label,) = _dot_lines(edge.group(3))
            edges.append((edge.group(1), edge.group(2), label))
        elif node := _DOT_NODE.fullmatch(line):
            assert node.group(1) not in names, line
            names[node.group(1)], *inside[node.group(1)] = _dot_lines(node.group(2))
        else:
            assert _DOT_OTHER.fullmatch(line), line
    edges += [(word, "", line) for word, lines in inside.items() for line in lines if not _DOT_NO_EDGE.match(line)]
    ends = names | {"any": "*", "": ""}
    states = [name for word, name in names.items() if word != "any"]
    return states, [(ends[source], ends[target], label) for source, target, label in edges]


_DOT_NO_EDGE = re.compile(r"timer: [\d.]+ s$|entry / ")  # what else stands in the box of a state


def _dot_lines(text: str) -> list[str]:
    assert not re.search(r"&(?!amp;)", text)
    return [line.replace("&amp;", "&").replace('\\"', '"').replace("\\\\", "\\") for line in _split(text)]


def _split(text: str) -> list[str]:
    """At each ``\\n`` whose backslash isn't escaped itself."""
    pieces = re.findall(r"\\n|\\.|[^\\]+", text)
    lines = [""]
    for piece in pieces:
        if piece == "\\n":
            lines.append("")
        else:
            lines[-1] += piece
    return lines


def _svg(text: str) -> tuple[list[str], list[Key]]:
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("role") == "img"
    assert {element.get("id") for element in root} >= set((root.get("aria-labelledby") or "").split())
    states = [element.attrib["data-state"] for element in root.iter() if "data-state" in element.attrib]
    edges = [element.attrib["data-transition"] for element in root.iter() if "data-transition" in element.attrib]
    return states, [(edge,) for edge in edges]


def _scxml(text: str) -> tuple[list[str], list[Key]]:
    root = ElementTree.fromstring(text)
    assert problems(root) == []
    nodes = [*root.iter(f"{SCXML}state"), *root.iter(f"{SCXML}final")]
    states = [node.attrib[f"{{{OURS}}}name"] for node in nodes if f"{{{OURS}}}name" in node.attrib]
    edges = [edge.attrib[f"{{{OURS}}}id"] for edge in root.iter(f"{SCXML}transition") if f"{{{OURS}}}id" in edge.attrib]
    return states, [(edge,) for edge in edges]


def _markdown(text: str) -> tuple[list[str], list[Key]]:
    assert all(len(set(map(len, rows))) == 1 for rows in _tables(text).values())
    states = [_words(row[0]) for row in _tables(text)["## States"]]
    edges = [
        (_words(row[0]), "" if row[2] == "stays" else _words(row[2]), _words(row[1].removesuffix(", interrupts")))
        for row in _tables(text).get("## Transitions", [])
    ]
    return states, [("*" if source == "any state" else source, target, event) for source, target, event in edges]


def _tables(text: str) -> dict[str, list[list[str]]]:
    """The rows below each heading, without head and rule."""
    found: dict[str, list[list[str]]] = {}
    heading, drawn = "", False
    for line in text.splitlines():
        if line.startswith("```"):
            drawn = not drawn
        elif not drawn and line.startswith("#"):
            heading = line
        elif not drawn and line.startswith("|"):
            found.setdefault(heading, []).append([cell.strip(" ") for cell in line[1:-1].split("|")])
    return {name: rows[2:] for name, rows in found.items()}


def _words(cell: str) -> str:
    if cell.startswith("<code>"):
        return html.unescape(cell.removeprefix("<code>").removesuffix("</code>"))
    return cell.strip("`")


def _by_row(edge: Edge) -> Key:
    return printable(edge.source), printable(edge.target or ""), printable(edge.event)


def _json(text: str) -> tuple[list[str], list[Key]]:
    found = json.loads(text)
    return [printable(state["name"]) for state in found["states"]], [
        (printable(edge["id"]),) for edge in found["transitions"]
    ]


READERS = {
    "mermaid": Reader(read=_mermaid, key=_by_label),
    "dot": Reader(read=_dot, key=_by_label),
    "svg": Reader(read=_svg, key=_by_id),
    "scxml": Reader(read=_scxml, key=_by_id),
    "markdown": Reader(read=_markdown, key=_by_row),
    "json": Reader(read=_json, key=_by_id),
}
