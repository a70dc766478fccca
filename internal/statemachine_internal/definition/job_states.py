"""``job: {complete_in: [states], fail_in: [states]}``: the states that say what became of a machine's job (F4)."""

from __future__ import annotations

from statemachine_internal.definition.diagnostics import Report, quoted
from statemachine_internal.definition.fields import Fields, names_of
from statemachine_internal.definition.nodes import Map
from statemachine_internal.definition.states import StateNames

_KEYS = ("complete_in", "fail_in")


def read_job_states(node: Map | None, states: StateNames, report: Report) -> tuple[frozenset[str], frozenset[str]]:
    """The states in which a job is completed, and those in which it is failed."""
    if node is None:
        return frozenset(), frozenset()
    fields = Fields(node, _KEYS, "'job'", report)
    found: dict[str, frozenset[str]] = {}
    for key in _KEYS:
        value = fields.get(key)
        uses = names_of(value, f"'{key}'", report) if value is not None else []
        found[key] = frozenset(use.text for use in uses if states.knows(use, f"'{key}'", report, strict=False))
    both = found["complete_in"] & found["fail_in"]
    for state in sorted(both):
        report.error(
            fields.key("fail_in"), "job-state-twice", f"the state {quoted(state)} is in 'complete_in' and in 'fail_in'",
            text=state, hint="leave it in one of them",
        )  # fmt: skip
    return found["complete_in"], found["fail_in"]
