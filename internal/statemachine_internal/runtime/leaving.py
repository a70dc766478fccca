"""Between two runs of a machine, and at the end of its process."""

from __future__ import annotations

from statemachine_internal.actions.child_start import START
from statemachine_internal.errors import StoreBusy, StoreFull
from statemachine_internal.runtime.clock import now
from statemachine_internal.runtime.live import Machine
from statemachine_internal.store.protocol import EventStatus, InboxEvent, MachineStatus


def first_pending(machine: Machine) -> InboxEvent | None:
    """The oldest pending event that is due."""
    rows = machine.store.pending(machine.name, now(), 1)
    return rows[0] if rows else None


def pass_over(machine: Machine, event: InboxEvent) -> None:
    """An event began a run that ended without taking it: the next run would do the same, and so on for ever."""
    reason = "the run that it began ended without taking it"
    with machine.store.transaction():
        machine.store.confirm(machine.name, machine.epoch)
        machine.store.settle(event.id, EventStatus.IGNORED, now(), reason)
    row = machine.store.machine(machine.name)
    machine.log.event_ignored(event.type, event.id, "" if row is None else row.place.state, reason)


def was_done(machine: Machine) -> bool:
    """Whether the run had ended when its process was killed on its way out; only an event begins the next one then."""
    row = machine.store.machine(machine.name)
    if row is None or row.place.status is not MachineStatus.FINISHED or row.process is None:
        return False
    if first_pending(machine) is not None:
        return False
    machine.epoch = row.epoch
    machine.log.stopped(row.place.state, "it had ended before its process was killed; start it again for a new run")
    leave(machine)
    return True


def is_over(machine: Machine) -> bool:
    """Whether the run has ended, and no event is due that would begin the next one."""
    row = machine.store.machine(machine.name)
    return row is not None and row.place.status is MachineStatus.FINISHED and first_pending(machine) is None


def say_rung_for_nothing(machine: Machine) -> None:
    """Somebody has started a finished machine by a doorbell, and no new run begins."""
    row = machine.store.machine(machine.name)
    state = "" if row is None else row.place.state
    machine.log.stopped(state, "it was rung, and no event is due; start it, or send an event, for a new run")


def has_nothing_to_begin(machine: Machine) -> bool:
    """Whether there is no run to go on with, and no machine that asks for a new one."""
    row = machine.store.machine(machine.name)
    if row is not None and row.place.status is not MachineStatus.FINISHED:
        return False
    return not machine.store.pending_of(machine.name, now(), [START])


def leave(machine: Machine) -> None:
    """The process ends in order, and the row says so, if it can: all that the run did is stored by now."""
    try:
        with machine.store.transaction():
            machine.store.leave(machine.name, machine.epoch)
    except (StoreBusy, StoreFull) as error:
        machine.log.warning(f"the machine's row still names this process: {error}")


def was_at_work(machine: Machine) -> bool:
    """Whether the process before this one ended while an action was at work, and may have left commands behind."""
    row = machine.store.machine(machine.name)
    return row is not None and row.place.attempts > 0


def sweep_up(machine: Machine) -> None:
    """End the commands that the process before this one has left behind (rule P12)."""
    # What deals with processes weighs a megabyte, which a machine without commands need not carry.
    from statemachine_internal.actions.process import sweep

    sweep(machine.name)
