"""The start of a process: a fresh run, or on from where the rows say that the machine is."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from statemachine_internal.actions.child_start import START, first_context
from statemachine_internal.definition.model import MachineDefinition
from statemachine_internal.errors import StoredStateGone
from statemachine_internal.jobs.queue import release_all
from statemachine_internal.machine import Snapshot, Trigger, TriggerKind, first_snapshot, resumed, step
from statemachine_internal.runtime.clock import SECOND, now
from statemachine_internal.runtime.draft import Draft
from statemachine_internal.runtime.effects import Effects
from statemachine_internal.runtime.live import ACTION_TIMER, RETURN, Live, Machine, Phase, Return, phase_of
from statemachine_internal.store.protocol import EventStatus, InboxEvent, MachineRow, MachineStatus, Place, Process

_BOOT_ID = "/proc/sys/kernel/random/boot_id"  # random(4)


def this_process() -> Process:
    """Who we are, for the machine's row."""
    try:
        with open(_BOOT_ID, encoding="ascii") as file:
            boot_id = file.read().strip()
    except OSError:
        boot_id = ""
    return Process(pid=os.getpid(), boot_id=boot_id, invocation_id=os.environ.get("INVOCATION_ID"))


def take_over(
    machine: Machine, *, fresh: bool, initial_context: Mapping[str, Any] | None, control_path: str | None
) -> tuple[Live, Effects]:
    """Claim the machine's row for this process, and stand where it says.

    A finished machine, ``fresh``, or the wish of another machine, begins a new run. Raises StoredStateGone, with
    nothing changed, if the definition no longer has the stored state.
    """
    at, process, definition = now(), this_process(), machine.definition
    with machine.store.transaction():
        row = machine.store.machine(machine.name)
        wishes = machine.store.pending_of(machine.name, at, [START])
        wish = wishes[0] if wishes else None
        begins = (
            row is None
            or fresh
            or row.place.status is MachineStatus.FINISHED
            or row.reset_asked is not None
            or wish is not None
        )
        if row is not None and not begins and row.place.state not in definition.states:
            raise StoredStateGone(machine.name, row.place.state, definition.file)
        claim: dict[str, Any] = {
            "digest": definition.digest,
            "config_type": definition.name,
            "control_path": control_path,
            "process": process,
            "now": at,
        }
        if row is None:
            machine.epoch = machine.store.create(machine.name, _initial_place(definition), **claim)
        else:
            machine.epoch = machine.store.claim(machine.name, **claim)
        machine.store.keep_definition(definition.digest, definition.text, definition.file, at)
        machine.paused = row is not None and row.paused is not None
        if row is None or begins:
            draft = _begin(machine, 0 if row is None else row.place.entry, initial_context, at, wish)
        else:
            draft = _resume(machine, row, at)
        state = draft.live.snapshot.state
        draft.feed(
            "machine_registered",
            {"state": state, "resumed": not begins, "pid": process.pid, "definition": definition.digest},
        )
        draft.effects.records.insert(0, partial(machine.log.started, state, not begins, process.pid))
        draft.save()
    return draft.live, draft.effects


def refit(machine: Machine, live: Live, definition: MachineDefinition) -> Live:
    """Stand at the same place of a definition that was read anew (SIGHUP).

    Raises StoredStateGone, with nothing changed, if it no longer has the state.
    """
    state = live.snapshot.state
    if state not in definition.states:
        raise StoredStateGone(machine.name, state, definition.file)
    draft = Draft(replace(machine, definition=definition), live, now())
    with machine.store.transaction():
        draft.store.confirm(machine.name, machine.epoch)
        draft.store.describe(machine.name, definition.digest, definition.name)
        draft.store.keep_definition(definition.digest, definition.text, definition.file, draft.now)
        snapshot = live.snapshot
        if live.phase is Phase.ACTING:  # its start was cut short or is still to come, and will be counted then
            snapshot = replace(snapshot, attempts=snapshot.attempts - 1)
        _fit(draft, snapshot, live.timers, live.waits_for)
        if live.returns is not None:
            _keep_return(draft, live.returns)
        draft.save()
    return draft.live


def _initial_place(definition: MachineDefinition) -> Place:
    return Place(
        state=definition.initial_state,
        status=MachineStatus.RUNNING,
        entry=1,
        via="",
        list_start=0,
        cursor=0,
        list_end=0,
    )


def _begin(
    machine: Machine, last_entry: int, context: Mapping[str, Any] | None, at: int, wish: InboxEvent | None
) -> Draft:
    """A new run. Entry numbers go on where the last run ended, so that action keys are never used twice."""
    definition = machine.definition
    if wish is not None:
        context = {**(context or {}), **first_context(wish)}
        machine.store.settle(wish.id, EventStatus.PROCESSED, at)
    snapshot = first_snapshot(definition, machine.name, entry=last_entry, context=context)
    draft = Draft(machine, _no_live(snapshot, definition), at)
    draft.store.drop_timers(machine.name)
    draft.store.undefer(machine.name)
    release_all(draft.store, machine.name, draft.ring)
    trigger = Trigger(kind=TriggerKind.START, name="start")
    change = {"from": "", "to": snapshot.state, "event": trigger.name, "entry": snapshot.entry}
    draft.feed("state_change", change, None if wish is None else wish.id)
    verdict = step(definition, snapshot, trigger)
    if verdict.transition is None:
        draft.start(snapshot, verdict.timers)
    else:
        draft.enter(verdict, trigger)
    return draft


def _resume(machine: Machine, row: MachineRow, at: int) -> Draft:
    place = row.place
    snapshot = Snapshot(
        machine=machine.name,
        state=place.state,
        entry=place.entry,
        via=place.via,
        list_start=place.list_start,
        cursor=place.cursor,
        list_end=place.list_end,
        attempts=place.attempts,
        failures=place.failures,
        context=json.loads(place.context),
    )
    timers = machine.store.timers(machine.name)
    waits_for = None if place.waits_for is None else json.loads(place.waits_for)
    returns = None
    if waits_for is not None and RETURN in waits_for:
        stored = waits_for.pop(RETURN)
        waits_for = waits_for or None
        if "via" in stored:
            returns = Return(**stored)
        else:
            snapshot = replace(snapshot, known_as=stored["known_as"])
    draft = Draft(machine, _no_live(snapshot, machine.definition), at)
    if row.definition_hash == machine.definition.digest:
        phase = _phase(machine.definition, snapshot, timers, waits_for)
        program = machine.definition.program(snapshot.state, snapshot.via)
        draft.live = Live(snapshot, phase, program, timers, waits_for)
    else:
        _fit(draft, snapshot, timers, waits_for)
    if returns is not None:
        _keep_return(draft, returns)
    if snapshot.attempts and not draft.live.snapshot.list_done:
        _report_end(draft, row)
    return draft


def _keep_return(draft: Draft, returns: Return) -> None:
    """The machine still owes its parked action a look; a list that is done by now goes back in the first turn."""
    phase = Phase.READY if draft.live.phase is Phase.RESTING else draft.live.phase
    draft.live = replace(draft.live, returns=returns, phase=phase)


def _fit(draft: Draft, stored: Snapshot, timers: Mapping[str, int], waits_for: Mapping[str, Any] | None) -> None:
    """Put the stored place onto a definition that has changed: new timers start now, those that it lost go."""
    definition, name = draft.machine.definition, draft.machine.name
    snapshot = resumed(definition, stored)
    wanted = dict(definition.timers(snapshot.state))
    if snapshot.list_done:  # the action that waited may be gone
        waits_for = None
    own = set() if snapshot.list_done else {ACTION_TIMER}
    kept = {timer: due for timer, due in timers.items() if timer in wanted or timer in own}
    for timer in timers.keys() - kept.keys():
        draft.store.drop_timer(name, timer)
    for timer, seconds in wanted.items():
        if timer not in kept:
            kept[timer] = draft.now + round(seconds * SECOND)
            draft.store.set_timer(name, timer, kept[timer])
    phase = _phase(definition, snapshot, kept, waits_for)
    draft.live = Live(snapshot, phase, definition.program(snapshot.state, snapshot.via), kept, waits_for)


def _phase(
    definition: MachineDefinition,
    snapshot: Snapshot,
    timers: Mapping[str, int],
    waits_for: Mapping[str, Any] | None,
) -> Phase:
    """The phase of a stored place; where the run is at its end already, the next turn says so."""
    if snapshot.list_done and definition.ends(snapshot.state, snapshot.via):
        return Phase.READY
    return phase_of(snapshot, timers, waits_for)


def _report_end(draft: Draft, row: MachineRow) -> None:
    """The process before this one ended while an action was at work: say so in the history."""
    snapshot, spec = draft.live.snapshot, draft.live.spec
    pid = f" {row.process.pid}" if row.process else ""
    rebooted = row.process is not None and row.process.boot_id != this_process().boot_id
    how = "the host went down" if rebooted else f"process{pid} ended"
    draft.feed(
        "error",
        {
            "state": snapshot.state,
            "action": spec.type,
            "action_key": snapshot.action_key,
            "error": f"{how} while {spec.type} was at work (start {snapshot.attempts})",
        },
    )


def _no_live(snapshot: Snapshot, definition: MachineDefinition) -> Live:
    """Where a draft begins, before the rows have been looked at."""
    return Live(replace(snapshot), Phase.READY, definition.program(snapshot.state, ""))
