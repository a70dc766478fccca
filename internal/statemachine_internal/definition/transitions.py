"""``transitions:`` → Transition."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from statemachine_internal.definition.actions import read_actions
from statemachine_internal.definition.condition import condition_of
from statemachine_internal.definition.diagnostics import Report
from statemachine_internal.definition.events import event_of
from statemachine_internal.definition.fields import Fields, flag_of, name_of, names_of
from statemachine_internal.definition.model import Transition
from statemachine_internal.definition.nodes import List, Map, Node, Scalar, kind, shown

_KEYS = ("from", "to", "event", "actions", "when", "interrupt", "description")
_SYNONYMS = {
    "source": "from",
    "target": "to",
    "dest": "to",
    "on": "event",
    "trigger": "event",
    "if": "when",
    "guard": "when",
    "condition": "when",
    "action": "actions",
}
_FORM = "write '- from: a' and under it 'to: b' and 'event: go'"


@dataclass(frozen=True, slots=True)
class Written:
    """A transition together with the places of its parts, for the checks that know all states."""

    transition: Transition
    sources: tuple[Scalar, ...]
    target: Scalar | None
    event: Scalar
    conditional: bool  # it has a ``when``, which may be one that means nothing


def read_transitions(node: Node | None, report: Report) -> list[Written]:
    """The transitions in file order, with their keys; what can't be read is complained of and left out."""
    if node is None:
        return []
    if not isinstance(node, List):
        message = f"'transitions' must be a list, not {kind(node)}"
        report.error(node, "wrong-type", message, text=shown(node), hint=_FORM)
        return []
    found: list[Written] = []
    seen: Counter[str] = Counter()
    for item in node.items:
        if not isinstance(item, Map):
            message = f"a transition must be a map, not {kind(item)}"
            report.error(item, "wrong-type", message, text=shown(item), hint=_FORM)
            continue
        written = _read(item, report)
        if written is not None:
            base = written.transition.key
            found.append(replace(written, transition=replace(written.transition, key=f"{base}#{seen[base]}")))
            seen[base] += 1
    return found


def _read(node: Map, report: Report) -> Written | None:
    fields = Fields(node, _KEYS, "a transition", report, _SYNONYMS)
    sources = _sources(fields, report)
    to = fields.get("to")
    target = name_of(to, "'to'", report) if to is not None else None
    when, interrupt, actions = fields.get("when"), fields.get("interrupt"), fields.get("actions")
    condition = condition_of(when, report) if when is not None else None
    flag = flag_of(interrupt, "'interrupt'", report) if interrupt is not None else None
    specs = read_actions(actions, "a transition", report) if actions is not None else ()
    event_node = fields.get("event")
    if event_node is None:
        report.error(node, "missing-key", "a transition needs 'event'", hint=fields.misspelt("event") or _FORM)
        return None
    event = event_of(event_node, "'event'", report)
    if event is None or not isinstance(event_node, Scalar) or not sources:
        return None
    name, seconds = event
    names = tuple(dict.fromkeys(source.text for source in sources))
    transition = Transition(
        key=f"{','.join(names)}|{name}|{target or ''}",
        sources=names,
        target=target,
        event=name,
        position=report.position(node),
        timeout=seconds,
        actions=specs,
        when=condition,
        interrupt=bool(flag),
    )
    return Written(transition, tuple(sources), to if isinstance(to, Scalar) else None, event_node, when is not None)


def _sources(fields: Fields, report: Report) -> list[Scalar]:
    node = fields.get("from")
    if node is None or (isinstance(node, List) and not node.items):
        hint = """name a state, a list of states, or "*" for any"""
        report.error(
            node or fields.spot, "missing-key", "a transition needs 'from'", hint=fields.misspelt("from") or hint
        )
        return []
    return names_of(node, "'from'", report)
