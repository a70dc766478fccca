"""Placeholders that nothing sets: they stay in the text as they stand (requirement D3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from statemachine_internal.definition.catalog import JOB_PARTS
from statemachine_internal.definition.checks.context_names import (
    CURRENT_JOB,
    EVENT_DATA,
    FOR_PLACEHOLDERS,
    Known,
    context_names,
)
from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.diagnostics import quoted
from statemachine_internal.definition.events import EVENT_PARTS
from statemachine_internal.definition.model import ActionSpec
from statemachine_internal.definition.nodes import Scalar
from statemachine_internal.definition.suggest import did_you_mean
from statemachine_internal.interpolation.template import Placeholder, parse

_CALCULATED = re.compile(r"\{ *([A-Za-z_][\w.]*)(?: +| *[-+*/%] *[\w.]+ *)\}|\{ +([A-Za-z_][\w.]*)\}", re.ASCII)
_QUOTED = re.compile(r"'[^']*'")
_FOREIGN = frozenset("%@$#")  # before a brace in a shell line: curl's %{http_code}, git's @{upstream}
_NEAR = 0.85
_FILTERS_ELSEWHERE = frozenset({"count", "float", "int", "join", "json", "len", "lower", "replace", "round", "size"})
_FILTERS_ELSEWHERE |= {"string", "strip", "title", "tojson", "trim", "upper", "urlencode"}
_PARTS = {EVENT_DATA: ("event", EVENT_PARTS), CURRENT_JOB: ("job", JOB_PARTS)}
_AWK = frozenset({"print", "next", "exit", "getline", "nextfile"})


def check(given: Given, files: Sequence[Given]) -> None:
    known = context_names(given, files)
    seen: set[int] = set()
    for spec, _ in given.lists():
        if given.is_custom(spec):
            continue
        for key, node in given.places.texts(spec.position):
            if id(node) not in seen and "{" in node.text:
                seen.add(id(node))
                _check_text(given, spec, key, node, known)


def _check_text(given: Given, spec: ActionSpec, key: str, node: Scalar, known: Known) -> None:
    names = known.stored | FOR_PLACEHOLDERS | _own_params(spec)
    if spec.type != "bash" or key != "command":
        _check_calculated(given, node, names)
    for piece in parse(node.text).pieces:
        path = _unset(piece, names, known) if isinstance(piece, Placeholder) else None
        if path is None or not isinstance(piece, Placeholder):
            continue
        if spec.type == "bash" and key == "command" and _is_the_shells(piece.source, node.text, names):
            continue
        near = _near(given, path, names)
        head, *rest = path
        whose, parts = _PARTS.get(head, ("", ())) if rest else ("", ())
        name = f"{head}.{rest[0]}" if whose else head
        message = f"nothing sets {quoted(name)}, so {quoted(piece.source)} stays as it stands"
        inside = piece.source[1:-1]
        hint = near or f"set it, or write {{{inside}|default:…}} if it comes with --initial-context or from a parent"
        if path is not piece.alternatives[0] and not whose:
            message = f"{quoted(name)} is no filter, and nothing sets it"
            hint = "the filters are |length and |default:…; what stands before it is filled in as it is"
        if whose:
            message = f"no {whose} has {quoted(rest[0])}; it has {', '.join(parts)}"
            hint = near or f"write {{{head}.payload.{'.'.join(rest)}}}"
        spot = given.places.within(node, piece.source)
        given.report.warning(spot, "unset-placeholder", message, text=piece.source, hint=hint)


def _check_calculated(given: Given, node: Scalar, names: frozenset[str]) -> None:
    """Braces around a known name and more: other engines calculate there, or allow blanks."""
    for match in _CALCULATED.finditer(node.text):
        source, name = match.group(0), match.group(1) or match.group(2)
        if name.partition(".")[0] not in names or not parse(source).literal:  # a name may have a dash in it
            continue
        message = f"{quoted(source)} is no placeholder and stays as it stands: blanks and sums have no meaning there"
        spot = given.places.within(node, source)
        given.report.warning(spot, "unset-placeholder", message, text=source, hint=f"write {{{name}}}")


def _unset(piece: Placeholder, names: frozenset[str], known: Known) -> tuple[str, ...] | None:
    """The part of a placeholder that is wrong: no event has it, nothing sets it, or it is a filter of other engines."""
    for path in piece.alternatives:
        if path[0] in _PARTS and not _may_be(path, names, known):
            return path
    if piece.default is not None:
        return None
    if not any(_may_be(path, names, known) for path in piece.alternatives):
        return piece.alternatives[0]
    last = piece.alternatives[-1]
    foreign = len(piece.alternatives) > 1 and last[0] in _FILTERS_ELSEWHERE and not _may_be(last, names, known)
    return last if foreign and len(last) == 1 else None


def _may_be(path: tuple[str, ...], names: frozenset[str], known: Known) -> bool:
    head, *rest = path
    if head == EVENT_DATA:
        return not rest or rest[0] in EVENT_PARTS
    if head == CURRENT_JOB and rest and head not in known.written and not known.unknowable:
        return rest[0] in JOB_PARTS
    return known.unknowable or head in names


def _near(given: Given, path: tuple[str, ...], names: frozenset[str]) -> str:
    head, *rest = path
    if head in _PARTS and rest:
        return did_you_mean(rest[0], _PARTS[head][1], given.report)
    return did_you_mean(head, sorted(names), given.report)


def _own_params(spec: ActionSpec) -> frozenset[str]:
    """A key that an action has beside its own is a value that its text asks for."""
    params = spec.config.get("params")
    return frozenset(map(str, params)) if isinstance(params, dict) else frozenset()


def _is_the_shells(source: str, command: str, names: frozenset[str]) -> bool:
    """Whether the braces may mean something to a program: after a sign, a word of awk, or in single quotes.

    In quotes, what is spelt nearly like a name of the context is rather meant for that.
    """
    at, inside = command.find(source), source[1:-1]
    if inside in _AWK or (at > 0 and command[at - 1] in _FOREIGN):
        return True
    if not any(source in text for text in _QUOTED.findall(command)):
        return False
    return all(SequenceMatcher(None, inside, name).ratio() < _NEAR for name in names)
