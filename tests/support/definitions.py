"""Definitions by chance, as plain maps and as the loader reads them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from statemachine_internal.definition import MachineDefinition, parse
from support.reference_machine import GUARDS

STATES = ["a", "b", "c", "completed", "stopped"]
EVENTS = ["e", "f", "stop", "start", "error"]
TIMEOUTS = ["timeout(1)", "timeout(2.5)"]

_names = st.lists(st.sampled_from("pqrstuvw"), max_size=3)


def _actions(prefix: str) -> st.SearchStrategy[list[dict[str, str]]]:
    return _names.map(lambda letters: [{"type": "log", "message": f"{prefix}{letter}"} for letter in letters])


def _transition() -> st.SearchStrategy[dict[str, Any]]:
    sources = st.just(["*"]) | st.lists(st.sampled_from(STATES), min_size=1, max_size=3, unique=True)
    return st.fixed_dictionaries(
        {"from": sources, "event": st.sampled_from(EVENTS + TIMEOUTS)},
        optional={
            "to": st.sampled_from(STATES),
            "when": st.sampled_from(list(GUARDS)),
            "interrupt": st.booleans(),
            "actions": _actions("t."),
        },
    )


_policies = st.sampled_from(["ignore", "defer", "error"])

specs: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "initial_state": st.sampled_from(STATES),
        "states": st.fixed_dictionaries(
            {name: st.fixed_dictionaries({}, optional={"on_unhandled": _policies}) for name in STATES}
        ),
        "events": st.fixed_dictionaries(
            {name: st.sampled_from([{}, {"context_map": {"k": "payload.n"}}]) for name in EVENTS}
        ),
        "on_unhandled": _policies,
        "transitions": st.lists(_transition(), max_size=10),
        "actions": st.fixed_dictionaries({}, optional={name: _actions(f"{name}.") for name in STATES}),
    },
    optional={"final": st.lists(st.sampled_from(STATES), max_size=2, unique=True)},
)


def read(spec: dict[str, Any]) -> MachineDefinition:
    """The definition that the loader makes of it; JSON is YAML."""
    loaded = parse(json.dumps(spec), "chance.yaml")
    assert loaded.definition is not None, loaded.diagnostics
    return loaded.definition
