"""States that an action waits for another machine to be in, and that this machine doesn't have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.diagnostics import quoted
from statemachine_internal.definition.model import ActionSpec
from statemachine_internal.definition.suggest import did_you_mean, listed
from statemachine_internal.interpolation import placeholders

_MACHINE_KEYS = {"check_machine_state": ("target_machine",), "start_fsm": ("machine_name", "machine")}


def check(given: Given, files: Sequence[Given]) -> None:
    for spec, _ in given.lists():
        if spec.type not in _MACHINE_KEYS or given.is_custom(spec):
            continue
        machine = next((spec.config[key] for key in _MACHINE_KEYS[spec.type] if spec.config.get(key) is not None), None)
        others = [other for other in files if other.name == machine]
        for name in _expected(spec) if others else ():
            if all(name not in other.definition.states for other in others):
                _warn(given, spec, others[0], name)


def _expected(spec: ActionSpec) -> Iterator[str]:
    written = spec.config.get("expected_states")
    for name in written if isinstance(written, list) else [written]:
        if isinstance(name, str) and name and not placeholders(name):
            yield name


def _warn(given: Given, spec: ActionSpec, other: Given, name: str) -> None:
    states = other.definition.states
    message = f"the machine {quoted(other.name)} has no state {quoted(name)}, so it is never there"
    hint = did_you_mean(name, states, given.report) or f"its states are {listed(states)}"
    spot = given.places.name_in(spec.position, name, "expected_states")
    given.report.warning(spot, "unknown-expected-state", message, text=name, hint=hint)
