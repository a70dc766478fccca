"""All machines as they stand, in memory; rows of the feed say which to read anew, and only when somebody looks."""

from __future__ import annotations

from itertools import islice
from typing import Any

from statemachine_internal.store.overview import FeedTuple, Overview, Row
from statemachine_internal.store.protocol import MachineStatus

from .liveness import Liveness
from .moments import SECOND
from .shown import encode, shown

ENTERS = "state_change"
OVERLAP = SECOND
"""A commit's time is taken at its start, so that a later commit may have an earlier time."""


class Picture:
    """Machines by name.

    ``settle`` brings it up to date; a machine that then differs carries the number that ``settle`` was given, by which
    a client that has seen an earlier number knows what is new to it.
    """

    def __init__(self) -> None:
        self.machines: dict[str, dict[str, Any]] = {}
        self.removed: dict[str, int] = {}
        self.liveness = Liveness(self._died)
        self.on_death = _nothing
        self._texts: dict[str, str] = {}
        self._changed: dict[str, int] = {}
        self._entered: dict[str, int] = {}
        self._touched: set[str] = set()
        self._everything = True
        self._stirred = False  # something was stored without a row of the feed
        self._last_activity = 0
        self._last_event = 0

    def hear(self, rows: list[FeedTuple]) -> None:
        """Take note of rows of the feed, or of a change that brought none."""
        if not rows:
            self._stirred = True
        for _, machine, type, payload, _, created in rows:
            self._touched.add(machine)
            if type == ENTERS and '"internal":true' not in payload:
                self._entered[machine] = created

    def entered_before(self, rows: list[Row]) -> None:
        """Take note of older entries; newer ones are known better."""
        for row in rows:
            if row["name"] not in self._entered:
                self._entered[row["name"]] = row["created"]
                self._touched.add(row["name"])

    def without_entry(self) -> bool:
        """Whether there is a machine of which nobody knows since when it is in its state."""
        return not self.machines.keys() <= self._entered.keys()

    def forget(self) -> None:
        """Another database begins."""
        self.liveness.forget_all()
        self._entered.clear()
        self._touched.clear()
        self._everything = True
        self._last_activity = 0

    def clear(self, number: int) -> None:
        """There are no machines any more."""
        for name in list(self.machines):
            self._drop(name, number)

    def stir(self, machine: str | None = None) -> None:
        """Look for changes that brought no row at the next ``settle``, at this machine in any case."""
        self._stirred = True
        if machine is not None:
            self._touched.add(machine)

    def look_at_all(self) -> None:
        """Read all of them anew at the next ``settle``."""
        self._everything = True

    def settle(self, database: Overview, number: int, most: int | None = None) -> bool:
        """Read what was touched, at most so many machines of it; returns whether some are left."""
        if not self._everything:
            if self._stirred:
                self._touched.update(database.touched_since(self._last_activity - OVERLAP, self._last_event))
                self._touched.update(self.machines.keys() - database.machine_names())  # those that are gone
                self._stirred = False
            if not self._touched:
                return False
        _, self._last_event = database.event_ends()
        names = None if self._everything else set(islice(self._touched, most))
        rows = database.machines_named(names)
        gone = (set(self.machines) if names is None else names & self.machines.keys()) - {row["name"] for row in rows}
        self._everything = False
        self._touched = set() if names is None else self._touched - names
        for row in rows:
            self._last_activity = max(self._last_activity, row["last_activity"])
            self._put(self._machine(row), number)
        for name in gone:
            self._drop(name, number)
        return bool(self._touched)

    def removed_since(self, number: int) -> list[str]:
        return sorted(name for name, at in self.removed.items() if at > number)

    def text(self, name: str) -> str:
        """A machine as JSON text."""
        return self._texts[name]

    def texts(self) -> list[str]:
        """All machines as JSON texts, by name."""
        return [self._texts[name] for name in sorted(self._texts)]

    def changed(self, name: str) -> int:
        return self._changed[name]

    def close(self) -> None:
        self.liveness.forget_all()

    def _machine(self, row: Row) -> dict[str, Any]:
        name = row["name"]
        machine = shown({**row, "entered": self._entered.get(name)})
        waits_for = machine["waits_for"]
        if isinstance(waits_for, dict):
            waits_for.pop("return", None)
        machine["running"] = self.liveness.check(name, row["pid"])
        if not machine["running"]:
            machine["pid"] = None  # what is stored is a pid of the past
        machine["waits_for"] = waits_for or None
        machine["paused"] = bool(row["paused"])
        machine["final"] = row["status"] == MachineStatus.FINISHED.value
        return machine

    def _put(self, machine: dict[str, Any], number: int) -> None:
        name = machine["name"]
        if self.machines.get(name) == machine:
            return
        self.machines[name] = machine
        self._texts[name] = encode(machine)
        self._changed[name] = number
        self.removed.pop(name, None)

    def _drop(self, name: str, number: int) -> None:
        del self.machines[name], self._texts[name], self._changed[name]
        self._entered.pop(name, None)
        self.removed[name] = number

    def _died(self, machine: str) -> None:
        self._touched.add(machine)
        self.on_death()


def _nothing() -> None:
    """Nobody is told."""
