"""Names of events, and ``timeout(N)`` among them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from statemachine_internal.definition.diagnostics import Place, Report, quoted
from statemachine_internal.definition.fields import Fields, name_of, text_of
from statemachine_internal.definition.model import EventSpec
from statemachine_internal.definition.nodes import List, Map, Node, Scalar, is_null, kind, shown
from statemachine_internal.definition.suggest import nearest

EVENT_PARTS = ("payload", "event_name", "type", "job_id", "source", "id")  # of `event_data`
MAX_TIMEOUT = 10 * 366 * 86400
_OPENED = re.compile(r"timeout\s*\(")
_TIMEOUT = re.compile(r"timeout\s*\(\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*\)", re.ASCII)
_EXAMPLE = "write the seconds, such as timeout(30) or timeout(0.5)"
_FORM = "write a list of names, or a map of name to {context_map: {key: payload.field}}"


def event_of(node: Node, what: str, report: Report) -> tuple[str, float | None] | None:
    """The event's name, and its seconds where it is a timeout: ``timeout(5.0)`` is named ``timeout(5)``."""
    name = name_of(node, what, report)
    if name is None or not isinstance(node, Scalar):
        return None
    if not _OPENED.match(name):
        return name, None
    match = _TIMEOUT.fullmatch(name)
    seconds = round(float(match.group(1)), 6) if match else 0.0
    if match is None or not 0 < seconds <= MAX_TIMEOUT:
        inside = name.index("(") + 1
        place = Place(node.line, node.column + (1 if node.style else 0) + inside)
        given = name[inside:].removesuffix(")")
        if match is not None:
            message = f"timeout of {given} seconds"
        elif ")" in name:
            message = f"{quoted(given)} is no number of seconds"
        else:
            message = f"the bracket of {quoted(name)} is never closed"
        hint = _EXAMPLE if match is None else f"{_EXAMPLE}: above 0, and {MAX_TIMEOUT} at most"
        report.error(place, "bad-timeout", message, text=name, hint=hint)
        return None
    return f"timeout({f'{seconds:.6f}'.rstrip('0').rstrip('.')})", seconds


def read_events(node: Node | None, report: Report) -> dict[str, EventSpec] | None:
    """``events:``; None where it isn't given."""
    if node is None:
        return None
    found: dict[str, EventSpec] = {}
    if isinstance(node, List):
        for item in node.items:
            event = event_of(item, "an event", report)
            if event is not None:
                found[event[0]] = EventSpec(name=event[0])
    elif isinstance(node, Map):
        for key, value in node.entries:
            event = event_of(key, "an event", report)
            if event is not None:
                found[event[0]] = EventSpec(name=event[0], context_map=_context_map(value, report))
    else:
        report.error(
            node, "wrong-type", f"'events' must be a list or a map, not {kind(node)}", text=shown(node), hint=_FORM
        )
    return found


def _context_map(node: Node, report: Report) -> Mapping[str, str]:
    if is_null(node):
        return {}
    if not isinstance(node, Map):
        report.error(
            node, "wrong-type", f"an event's entry must be a map, not {kind(node)}", text=shown(node), hint=_FORM
        )
        return {}
    fields = Fields(node, ("context_map", "description"), "an event", report)
    entries = fields.map("context_map", "write context_map: {context_key: payload.field}")
    found: dict[str, str] = {}
    for key, value in entries.entries if entries else ():
        path = text_of(value, f"the path of {quoted(key.text)}", report)
        if path is not None and not all(path.split(".")):
            hint = "write the parts with dots between them, such as payload.user.name"
            report.error(value, "bad-path", f"{quoted(path)} is no path into an event", text=path, hint=hint)
        elif path is not None:
            found[key.text] = path
            _check_root(value, path, report)
    return found


def _check_root(spot: Node, path: str, report: Report) -> None:
    """Warns of a path that starts with no part of an event, as where the ``payload.`` before it was left out."""
    inside = path.removeprefix("event_data.")
    root, _, rest = inside.partition(".")
    if root in EVENT_PARTS:
        return
    if root in ("event", "$") and rest:  # as a `when` would write it, or JSONPath
        hint = f"write {rest if rest.partition('.')[0] in EVENT_PARTS else f'payload.{rest}'}"
    elif nearest(root, ("payload",), report):
        hint = f"did you mean {quoted('payload' + inside[len(root) :])}?"
    else:
        hint = f"write payload.{inside}"
    message = f"no event has {quoted(root)}; it has {', '.join(EVENT_PARTS)}"
    report.warning(spot, "bad-path", message, text=path, hint=hint)
