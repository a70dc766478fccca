"""Who sends what to whom, as far as the keys of ``send_event`` say it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.model import ActionSpec
from statemachine_internal.interpolation import placeholders

UI = "ui"
ALL = "all"
_GLOB = frozenset("*?[")
_SENDS = re.compile(r"\bsend-event\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class Send:
    """One ``send_event``. ``event`` and ``target`` are None where placeholders give them."""

    spec: ActionSpec
    event: str | None
    target: str | None
    delayed: bool

    def reaches(self, sender: Given, machine: Given) -> bool:
        """Whether the event may go to ``machine``."""
        if self.target is None:
            return True
        if self.target == ALL:
            return machine is not sender
        return fnmatchcase(machine.name, self.target) if self.by_pattern else machine.name == self.target

    @property
    def by_pattern(self) -> bool:
        """Whether the target is no machine's name, but a pattern."""
        return self.target is not None and not _GLOB.isdisjoint(self.target)

    @property
    def to_one(self) -> bool:
        """Whether the target is the name of a machine."""
        return self.target is not None and self.target not in (UI, ALL) and not self.by_pattern


def send_of(given: Given, spec: ActionSpec) -> Send | None:
    """What an action sends; None where it is no built-in ``send_event``."""
    if spec.type != "send_event" or given.is_custom(spec):
        return None
    config = spec.config
    params = config.get("params")
    event = _first(config.get("event_type"), config.get("event"), params.get("type") if params else None)
    target = _first(config.get("target_machine"), config.get("target"))
    if target == "{machine_name}":
        target = given.name
    return Send(spec=spec, event=_known(event), target=_known(target), delayed=bool(config.get("delay")))


def sends(given: Given) -> Iterator[Send]:
    """All that a machine sends."""
    for spec, _ in given.lists():
        send = send_of(given, spec)
        if send is not None:
            yield send


def others_may_send(files: Iterable[Given]) -> bool:
    """Whether something that can't be looked into may send any event: a shell line that calls ``send-event``."""
    specs = (spec for given in files for spec, _ in given.lists() if spec.type == "bash")
    return any(_SENDS.search(str(spec.config.get("command", ""))) for spec in specs)


def sent_to(machine: Given, files: Sequence[Given], *, surely: bool = False) -> tuple[frozenset[str], bool]:
    """The events that the machines of ``files`` send to ``machine``, and whether there may be more of any name.

    ``surely`` leaves those out whose target a placeholder gives.
    """
    found: set[str] = set()
    any_event = False
    for sender in files:
        for send in sends(sender):
            if send.reaches(sender, machine) and not (surely and send.target is None):
                any_event = any_event or send.event is None
                found |= {send.event} if send.event is not None else set()
    return frozenset(found), any_event


def may_take(machine: Given, event: str) -> bool:
    """Whether the machine may do something about an event that comes to it."""
    if any(transition.event == event for transition in machine.definition.transitions):
        return True
    return machine.custom or any(spec.type == "check_events" for spec, _ in machine.lists())


def _first(*values: object) -> str | None:
    return next((str(value) for value in values if value is not None), None)


def _known(text: str | None) -> str | None:
    return None if text is None or placeholders(text) else text
