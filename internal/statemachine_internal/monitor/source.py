"""Connections to the database that is at a path now, whatever was there before.

It may not be there yet, be emptied, replaced by a backup, or brought up to a newer schema while the monitor runs. So
each use of a connection looks first whether the file is still the same; two system calls and a pragma, 10 µs in all.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from statemachine_internal.errors import StateMachineError, StoreBusy, StoreError
from statemachine_internal.store.connection import NoDatabase
from statemachine_internal.store.overview import Overview, is_of_an_older_version

T = TypeVar("T")

AT_HAND = 4
"""Connections that are kept for requests; more are opened when more come at once."""
PATIENCE = 2.0
"""Seconds that a request's read may wait for somebody who has the database to himself."""
NO_PATIENCE = 0.0


class Upgrade(threading.Thread):
    """Brings the database at a path up to date; ``error`` says afterwards why it could not."""

    def __init__(self, path: str) -> None:
        super().__init__(name="upgrade", daemon=True)
        self.error: StateMachineError | None = None
        self._path = path
        self.start()

    def run(self) -> None:
        try:
            Overview(self._path).close()
        except StateMachineError as error:
            self.error = error


class Source:
    """The connection of the event loop. It waits for nobody; what is locked is read a little later.

    ``generation`` grows with each file that is opened, so that a reader knows that its ids are of another one.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.generation = 0
        self._open: Overview | None = None
        self._upgrade: Upgrade | None = None

    def database(self) -> Overview:
        """The connection.

        Raises:
            NoDatabase: nothing is there yet.
            StoreError: it can't be read now.
        """
        if self._open is not None and self._open.stale():
            self.close()
        if self._open is None:
            self._bring_up_to_date()
            self._open = Overview(self.path, NO_PATIENCE)
            self.generation += 1
        return self._open

    def _bring_up_to_date(self) -> None:
        """An older database is brought up to date in a thread: with its backup that may take longer than a ping."""
        begun = False
        if self._upgrade is None and is_of_an_older_version(self.path):
            self._upgrade, begun = Upgrade(self.path), True
        if self._upgrade is None:
            return
        if begun or self._upgrade.is_alive():
            raise StoreBusy(f"{self.path} is being brought up to date; try again")
        done, self._upgrade = self._upgrade, None
        if done.error is not None:
            raise done.error

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


class Readings:
    """The connections of requests, which run in threads; each is used by one of them at a time."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._free: list[Overview] = []

    @contextlib.contextmanager
    def database(self) -> Iterator[Overview]:
        """A connection, for a while; raises what ``Source.database`` raises."""
        taken = self._taken()
        try:
            yield taken
        except StoreError:
            taken.close()
            raise
        except BaseException:
            self._give_back(taken)
            raise
        self._give_back(taken)

    def read(self, work: Callable[[Overview], T]) -> T:
        """What ``work`` finds in the database."""
        with self.database() as database:
            return work(database)

    def read_or(self, nothing: T, work: Callable[[Overview], T]) -> T:
        """The same; ``nothing`` where there is no database yet."""
        try:
            return self.read(work)
        except NoDatabase:
            return nothing

    def close(self) -> None:
        with self._lock:
            free, self._free = self._free, []
        for each in free:
            each.close()

    def _taken(self) -> Overview:
        while True:
            with self._lock:
                taken = self._free.pop() if self._free else None
            if taken is None:
                return Overview(self.path, PATIENCE)
            if not taken.stale():
                return taken
            taken.close()

    def _give_back(self, taken: Overview) -> None:
        with self._lock:
            if len(self._free) < AT_HAND:
                self._free.append(taken)
                return
        taken.close()
