"""Lists that an action takes items out of, and that nothing sets: they are empty, whatever happens."""

from __future__ import annotations

from collections.abc import Sequence

from statemachine_internal.actions.names import chosen
from statemachine_internal.definition.catalog import LIST_KEYS
from statemachine_internal.definition.checks.context_names import context_names
from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.diagnostics import quoted
from statemachine_internal.definition.expression import names_in
from statemachine_internal.definition.model import ActionSpec
from statemachine_internal.definition.suggest import did_you_mean
from statemachine_internal.interpolation import placeholders


def check(given: Given, files: Sequence[Given]) -> None:
    known = context_names(given, files)
    for spec, _ in given.lists():
        name = _taken_from(given, spec)
        if name is None or name in known.stored or known.unknowable or _asked_for(spec, name):
            continue
        message = f"nothing sets the list {quoted(name)}, so it is always empty here"
        hint = did_you_mean(name, sorted(known.stored), given.report)
        hint = hint or f"set it, or write when: exists({name}) if it comes with --initial-context"
        given.report.warning(given.places.of(spec.position, *LIST_KEYS), "unset-list", message, text=name, hint=hint)


def _taken_from(given: Given, spec: ActionSpec) -> str | None:
    """The name of the list; None where it is another action, or a placeholder gives the name."""
    if spec.type != "pop_from_list" or given.is_custom(spec):
        return None
    name = chosen(spec.config, *LIST_KEYS)
    return name if isinstance(name, str) and not placeholders(name) else None


def _asked_for(spec: ActionSpec, name: str) -> bool:
    """Whether the author knows that the list may not be there."""
    return spec.when is not None and name in names_in(spec.when.text, tested=True)
