"""Actions of a type that is neither built in nor in the folder of custom ones."""

from __future__ import annotations

from difflib import SequenceMatcher

from statemachine_internal.definition.catalog import ALIASES, BUILT_INS
from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.diagnostics import quoted
from statemachine_internal.definition.suggest import did_you_mean

_NEAR = 0.85  # of difflib's ratio; "send_email" is no misspelt "send_event"


def check(given: Given) -> None:
    """An error, as at the start of the machine, where the folder is known; without it only what is nearly built in."""
    known = [*BUILT_INS, *ALIASES]
    seen: set[str] = set()
    for spec, _ in given.lists():
        if spec.type in known or spec.type in seen or (given.customs is not None and spec.type in given.customs):
            continue
        seen.add(spec.type)
        near = did_you_mean(spec.type, [*known, *sorted(given.customs or ())], given.report)
        spot = given.places.of(spec.position, "type")
        message = f"there is no action {quoted(spec.type)}"
        if given.customs is not None:
            hint = near or f"write {spec.type}_action.py in the folder of actions, or name that with --actions-dir"
            given.report.error(spot, "unknown-action", message, text=spec.type, hint=hint)
        elif any(SequenceMatcher(None, spec.type, name).ratio() >= _NEAR for name in known):
            hint = f"{near} a custom one is found with --actions-dir".strip()
            given.report.warning(spot, "unknown-action", f"{message} built in", text=spec.type, hint=hint)
