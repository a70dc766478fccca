"""The root of a document → MachineDefinition: reads each part, then checks what the parts say of each other."""

from __future__ import annotations

import os

from statemachine_internal.definition.diagnostics import Report, quoted
from statemachine_internal.definition.endings import final_states
from statemachine_internal.definition.entry_actions import entry_keys, read_entry_actions
from statemachine_internal.definition.events import read_events
from statemachine_internal.definition.fields import Fields, name_of, number_of
from statemachine_internal.definition.groups import groups_of
from statemachine_internal.definition.job_states import read_job_states
from statemachine_internal.definition.metadata import read_metadata
from statemachine_internal.definition.model import (
    ANY_STATE,
    START_EVENT,
    STOP_EVENT,
    EventSpec,
    MachineDefinition,
    OnUnhandled,
    State,
)
from statemachine_internal.definition.nodes import Map, Node, Scalar
from statemachine_internal.definition.shadowing import warn_shadowed
from statemachine_internal.definition.states import StateNames, on_unhandled_of, read_states
from statemachine_internal.definition.suggest import did_you_mean, listed
from statemachine_internal.definition.transitions import Written, read_transitions

KEYS = (
    "name",
    "description",
    "initial_state",
    "metadata",
    "states",
    "events",
    "transitions",
    "actions",
    "final",
    "on_unhandled",
    "idle_exit",
    "state_groups",
    "job",
)
_SYNONYMS = {"initial": "initial_state", "start": "initial_state", "on_enter": "actions", "final_states": "final"}
_ENGINE_EVENTS = frozenset({START_EVENT, STOP_EVENT, "error"})
_LONGEST_IDLE = 10 * 366 * 86400


def assemble(root: Map, text: str, digest: str, report: Report) -> MachineDefinition | None:
    """The definition in ``root``; None where the report has an error."""
    fields = Fields(root, KEYS, "a definition", report, _SYNONYMS)
    initial = _initial(fields, report)
    transitions = read_transitions(fields.get("transitions"), report)
    states = read_states(fields.get("states"), report)
    actions_node = fields.get("actions")
    _check_states(states, initial, transitions, entry_keys(actions_node), report)
    if initial is None and fields.get("initial_state") is None:
        hint = (
            f"write initial_state: and one of {listed(states.places)}"
            if states.places
            else "write initial_state: waiting"
        )
        hint = fields.misspelt("initial_state") or hint
        report.error(root, "missing-initial-state", "'initial_state' is missing", hint=hint)
    entry = read_entry_actions(actions_node, initial.text if initial else next(iter(states.places), None), report)
    events = read_events(fields.get("events"), report)
    _check_events(events, transitions, report)
    warn_shadowed(transitions, report)
    final = final_states(fields.get("final"), states, transitions, report)
    section = fields.key("states").line if states.declared else 0
    job = fields.map("job", "write job: {complete_in: [done], fail_in: [broken]}")
    complete_in, fail_in = read_job_states(job, states, report)
    groups = groups_of(fields.get("state_groups"), states, text, section, report)
    metadata = read_metadata(fields.map("metadata", "write metadata: {machine_name: worker}"), report)
    policy, idle = fields.get("on_unhandled"), fields.get("idle_exit")
    default = on_unhandled_of(policy, report) if policy is not None else None
    limit = number_of(idle, "'idle_exit'", report, low=0, high=_LONGEST_IDLE, above=True) if idle is not None else None
    name, description = fields.text("name"), fields.text("description")
    if report.failed or initial is None:
        return None
    machine_name = metadata.get("machine_name")
    stem = os.path.splitext(os.path.basename(report.file))[0]
    return MachineDefinition(
        name=name or metadata.get("name") or machine_name or _as_text(stem),
        file=report.file,
        digest=digest,
        initial_state=initial.text,
        states={
            state: State(
                name=state,
                position=report.position(place),
                actions=entry.get(state, ()),
                on_unhandled=states.on_unhandled.get(state),
                final=state in final,
                group=groups.get(state),
            )
            for state, place in states.places.items()
        },
        transitions=tuple(written.transition for written in transitions),
        machine_name=machine_name,
        description=description or "",
        metadata=metadata,
        events=events if events is not None else _inferred(transitions),
        on_unhandled=default or OnUnhandled.IGNORE,
        idle_exit=limit,
        complete_in=complete_in,
        fail_in=fail_in,
        text=text,
    )


def _initial(fields: Fields, report: Report) -> Scalar | None:
    node: Node | None = fields.get("initial_state")
    if node is None or name_of(node, "'initial_state'", report) is None or not isinstance(node, Scalar):
        return None
    if node.text == ANY_STATE:
        report.error(node, "bad-name", "'initial_state' can't be '*'", text=node.text, hint="name one state")
        return None
    return node


def _check_states(
    states: StateNames, initial: Scalar | None, transitions: list[Written], entries: list[Scalar], report: Report
) -> None:
    """Completes the states where they are inferred, and checks every place that names one."""
    if initial is not None:
        states.infer([initial])
    for written in transitions:
        states.infer(written.sources)
        if written.target is not None and written.target.text != ANY_STATE:
            states.infer([written.target])
    if initial is not None:
        states.knows(initial, "'initial_state'", report)
    for written in transitions:
        for source in written.sources:
            if source.text != ANY_STATE:
                states.knows(source, "'from'", report)
        target = written.target
        if target is not None and target.text == ANY_STATE:
            report.error(target, "bad-name", "'to' can't be '*'", text="*", hint="name one state")
        elif target is not None:
            states.knows(target, "'to'", report)
    for use in entries:
        if not states.knows(use, "'actions'", report, strict=False):
            states.infer([use])


def _check_events(events: dict[str, EventSpec] | None, transitions: list[Written], report: Report) -> None:
    if events is None:
        return
    for written in transitions:
        name = written.transition.event
        if name in events or written.transition.timeout is not None or name in _ENGINE_EVENTS:
            continue
        near = did_you_mean(name, events, report)
        if not near and any(spec.context_map for spec in events.values()):
            continue  # it says what to copy from some events, and needn't list them all
        message = f"the event {quoted(name)} is not in 'events'"
        report.warning(written.event, "unknown-event", message, text=name, hint=near or "add it to 'events'")


def _inferred(transitions: list[Written]) -> dict[str, EventSpec]:
    return {w.transition.event: EventSpec(name=w.transition.event) for w in transitions}


def _as_text(name: str) -> str:
    """A file's name may be any bytes; what goes into the database is text."""
    return name.encode("utf-8", "backslashreplace").decode()
