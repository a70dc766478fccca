"""Names in a ``when`` that nothing sets: they are null, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from statemachine_internal.definition.checks.context_names import (
    EVENT,
    EVENT_DATA,
    FOR_PLACEHOLDERS,
    Known,
    context_names,
)
from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.diagnostics import Spot, quoted
from statemachine_internal.definition.events import EVENT_PARTS
from statemachine_internal.definition.expression import names_in
from statemachine_internal.definition.model import Condition, Position
from statemachine_internal.definition.nodes import Scalar
from statemachine_internal.definition.suggest import did_you_mean

_STORED_AS = {
    "error_message": "last_error",
    "id": "current_job.id",
    "job_id": "current_job.id",
    "job_progress": "current_job.progress",
    "status": "current_job.status",
}
"""Names that are there for placeholders alone, and the stored value that they show."""


def check(given: Given, files: Sequence[Given]) -> None:
    known = context_names(given, files)
    for position, condition, timed in _conditions(given):
        for name in names_in(condition.text):
            head, _, rest = name.partition(".")
            part = rest.partition(".")[0]
            if head == EVENT and timed:
                _warn_no_event(given, position, condition, name)
            elif head in (EVENT, EVENT_DATA):
                if part and part not in EVENT_PARTS:
                    _warn_part(given, position, condition, name, part)
            elif head not in known.stored and not known.unknowable:
                _warn_name(given, position, condition, head, known)


def _conditions(given: Given) -> Iterator[tuple[Position, Condition, bool]]:
    """Every condition, and whether it is asked when a time is over, with no event at hand."""
    seen: set[Position] = set()
    for transition in given.definition.transitions:
        if transition.when is not None:
            yield transition.position, transition.when, transition.timeout is not None
    for spec, _ in given.lists():
        if spec.when is not None and spec.position not in seen:
            seen.add(spec.position)
            yield spec.position, spec.when, False


def _spot(given: Given, position: Position, condition: Condition, name: str) -> Spot:
    node = given.places.value(position, "when")
    # The steps of a multi_step have the condition of the whole, which stands elsewhere.
    return given.places.within(node, name) if isinstance(node, Scalar) and node.text == condition.text else position


def _warn_name(given: Given, position: Position, condition: Condition, name: str, known: Known) -> None:
    message = f"nothing sets {quoted(name)}, so it is always null here"
    hint = did_you_mean(name, sorted(known.stored), given.report)
    if name in FOR_PLACEHOLDERS:
        message = f"{quoted(name)} is there for placeholders alone, so it is always null here"
        hint = f"write {_STORED_AS[name]}" if name in _STORED_AS else hint
    hint = hint or f"set it, or write exists({name}) if it comes with --initial-context"
    spot = _spot(given, position, condition, name)
    given.report.warning(spot, "unset-name", message, text=name, hint=hint)


def _warn_part(given: Given, position: Position, condition: Condition, name: str, part: str) -> None:
    message = f"no event has {quoted(part)}; it has {', '.join(EVENT_PARTS)}"
    near = did_you_mean(part, EVENT_PARTS, given.report)
    hint = near or f"write {name.replace('.', '.payload.', 1)}"
    spot = _spot(given, position, condition, name)
    given.report.warning(spot, "unset-name", message, text=name, hint=hint)


def _warn_no_event(given: Given, position: Position, condition: Condition, name: str) -> None:
    message = f"a timeout brings no event, so {quoted(name)} is always null here"
    hint = f"write {name.replace('event', 'event_data', 1)} for the last event that came"
    spot = _spot(given, position, condition, name)
    given.report.warning(spot, "unset-name", message, text=name, hint=hint)
