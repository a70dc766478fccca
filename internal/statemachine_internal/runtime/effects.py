"""What the world hears of a turn, kept back until its commit (rule P4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from statemachine_internal.control.server import Arrival
from statemachine_internal.runtime import points
from statemachine_internal.service.records import MachineLog

# More transitions than this in one commit make one record: each stands in the history, and the journal stays readable.
RECORDS_PER_COMMIT = 8


class Transitioned(NamedTuple):
    """A transition, for its log record; ``to_state`` None is an internal one."""

    from_state: str
    to_state: str | None
    event: str
    event_id: int | None
    job_id: str | None


@dataclass(slots=True)
class Effects:
    """Replies to senders, doorbells, the feed's wake-up, processes, and log records, let go in this order."""

    replies: list[tuple[Arrival, bytes]] = field(default_factory=list)
    rings: dict[str, None] = field(default_factory=dict)  # an ordered set of machines
    feed_id: int = 0
    stirred: bool = False  # something changed that no row of the feed tells of
    processes: list[Callable[[], None]] = field(default_factory=list)  # of other machines: to start, to watch
    transitions: list[Transitioned] = field(default_factory=list)
    records: list[Callable[[], None]] = field(default_factory=list)

    def release(self, ring: Callable[[str], None], ring_feed: Callable[[int], None], log: MachineLog) -> None:
        """Let all of it go. Senders come first, since they wait."""
        for arrival, reply in self.replies:
            arrival.reply(reply)
            points.reached(points.ACKNOWLEDGE)
        if self.rings:
            points.reached(points.RING)
            for machine in self.rings:
                ring(machine)
        if self.feed_id or self.stirred:
            ring_feed(self.feed_id)
        for process in self.processes:
            process()
        if len(self.transitions) > RECORDS_PER_COMMIT:
            last = self.transitions[-1]
            log.transitions(len(self.transitions), self.transitions[0].from_state, last.to_state or last.from_state)
        else:
            for transitioned in self.transitions:
                log.transition(*transitioned)
        for record in self.records:
            record()
