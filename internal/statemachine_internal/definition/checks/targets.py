"""Events between the files that are given: is there such a machine, and does it take what is sent to it?"""

from __future__ import annotations

from collections.abc import Sequence

from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.checks.sends import Send, may_take, sends
from statemachine_internal.definition.diagnostics import Spot, quoted
from statemachine_internal.definition.suggest import did_you_mean, listed

TARGET_KEYS = ("target_machine", "target")
EVENT_KEYS = ("event_type", "event")


def check(given: Given, files: Sequence[Given], *, complete: bool) -> None:
    """``complete``: every file that was given could be read, so that its machine's name is known."""
    for send in sends(given):
        targets = [machine for machine in files if send.target is not None and send.reaches(given, machine)]
        if targets:
            _check_event(given, send, targets)
        elif complete and len(files) > 1 and (send.to_one or send.by_pattern):
            _note_target(given, send, files)


def _note_target(given: Given, send: Send, files: Sequence[Given]) -> None:
    target, names = send.target or "", sorted({machine.name for machine in files})
    message = f"none of the files given is the machine {quoted(target)}"
    if send.by_pattern:
        message = f"none of the files given is a machine like {quoted(target)}"
    hint = did_you_mean(target, names, given.report) or f"they are {listed(names)}; give its file too"
    spot = given.places.of(send.spec.position, *TARGET_KEYS)
    given.report.note(spot, "unknown-target", message, text=target, hint=hint)


def _check_event(given: Given, send: Send, targets: Sequence[Given]) -> None:
    """An event to everybody, or to a pattern, may be meant for some of them only."""
    if send.event is None or any(may_take(machine, send.event) for machine in targets):
        return
    if not send.to_one:
        return  # machines of other files may be meant
    target = targets[0]
    taken = dict.fromkeys(t.event for t in target.definition.transitions if t.timeout is None)
    message = f"no transition of the machine {quoted(target.name)} takes {quoted(send.event)}"
    near = did_you_mean(send.event, taken, given.report)
    hint = near or f"add one to {target.definition.file}; it takes {listed(taken)}"
    spot = event_place(given, send)
    given.report.warning(spot, "event-not-taken", message, text=send.event, hint=hint)


def event_place(given: Given, send: Send) -> Spot:
    """Where the name of the event stands that an action sends; under ``params`` it may be called ``type``."""
    written = given.places.value(send.spec.position, *EVENT_KEYS)
    return written or given.places.name_in(send.spec.position, send.event or "", "params")
