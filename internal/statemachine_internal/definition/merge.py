"""The entries of one map: unique keys, and merge keys (``<<``) taken in."""

from __future__ import annotations

from statemachine_internal.definition.diagnostics import Report, quoted
from statemachine_internal.definition.nodes import List, Map, Node, Scalar, kind

_MERGE = "<<"


def resolve_entries(pairs: list[tuple[Node, Node]], report: Report) -> list[tuple[Scalar, Node]]:
    """The entries that ``pairs`` mean. What the map says itself wins over what it merges in."""
    own: list[tuple[Scalar, Node]] = []
    merged: list[Map] = []
    seen: dict[object, Scalar] = {}
    for key, value in pairs:
        if not isinstance(key, Scalar):
            report.error(key, "bad-key", f"a key must be a text, not {kind(key)}", hint="put quotes around it")
        elif _is_twice(key, seen, report):
            continue
        elif key.text == _MERGE and key.plain:
            merged += _maps(value, report)
        else:
            own.append((key, value))
    for source in merged:
        for key, value in source.entries:
            if not _known(key, seen):
                own.append((key, value))
    return own


def _identities(key: Scalar) -> tuple[object, ...]:
    """What must be unique: the text, and the value where Python's dict would take two texts for one key."""
    value = key.value
    return (key.text,) if isinstance(value, str) else (key.text, ("value", value))


def _known(key: Scalar, seen: dict[object, Scalar]) -> bool:
    identities = _identities(key)
    known = any(identity in seen for identity in identities)
    for identity in identities:
        seen.setdefault(identity, key)
    return known


def _is_twice(key: Scalar, seen: dict[object, Scalar], report: Report) -> bool:
    first = next((seen[identity] for identity in _identities(key) if identity in seen), None)
    if first is None:
        _known(key, seen)
        return False
    hint = "merge several maps with '<<: [*a, *b]'" if key.text == _MERGE else "keep one of the two"
    where = f"line {first.line}, column {first.column}"
    report.error(
        key, "duplicate-key", f"the key {quoted(key.text)} stands at {where} already", text=key.text, hint=hint
    )
    return True


def _maps(value: Node, report: Report) -> list[Map]:
    parts = value.items if isinstance(value, List) else [value]
    for part in parts:
        if not isinstance(part, Map):
            hint = "write '<<: *name' with the alias of a map"
            report.error(part, "bad-merge", f"only maps can be merged, not {kind(part)}", text=_MERGE, hint=hint)
    return [part for part in parts if isinstance(part, Map)]
