"""The monitor's one reader of the feed: woken by a datagram, it reads on by id.

::

    machine ─ commit ─ ring ──▶ events.sock ──▶ FeedReader ── rows ──▶ all that listen here
                                                    └─ reads the rows behind last_id, a page at a time

At rest it does nothing. A ring that was lost is made good by the next one, or by ``look``, which rides on a timer that
ticks anyway. While nobody watches, it hears of changes twenty times a second at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from statemachine_internal.errors import StateMachineError, StoreBusy, StoreError
from statemachine_internal.feed.events import follower
from statemachine_internal.feed.follow import Follower
from statemachine_internal.service.logging import get_logger
from statemachine_internal.store.connection import NoDatabase
from statemachine_internal.store.overview import FeedTuple, Overview

from .source import Source

PAGE = 500
"""Rows that are read at once: 1 ms."""
CALM = 0.05
"""Seconds between two looks while nobody wants every row at once."""
AGAIN = 0.05
"""Seconds until a database that was locked is looked at again."""
LOCKED_LONG = 2.0
"""Seconds of that after which it is a problem."""

Hear = Callable[[list[FeedTuple]], None]


def heard_at(path: str | None) -> Follower | None:
    """The socket where rings arrive: at ``path``, or at the usual place. None: there can be none.

    Raises:
        EventsSocketInUse: somebody else listens at ``path``.
        RuntimeDirError: it can't be a socket's.
    """
    try:
        return follower(path)
    except OSError as error:
        get_logger().warning("the feed can't be followed, so changes are seen later", error=str(error))
        return None


class FeedReader:
    """Reads on, from :meth:`start` to :meth:`close`.

    Args:
        source: the database.
        follower: where the rings arrive, from ``heard_at``; closed with this. None: they can't be heard.
        hear: called with each page of rows; with none, when there was a ring without a row.
        begin: called when a database is opened for the first time, or another one in its place.
        lost: called when the database is no longer there.
        told: called when ``problem`` has changed: why the database can't be read, or None.
    """

    def __init__(
        self,
        source: Source,
        follower: Follower | None,
        *,
        hear: Hear,
        begin: Callable[[Overview], None],
        lost: Callable[[], None],
        told: Callable[[], None],
    ) -> None:
        self.last_id = 0
        self.eager = 0  # clients that want every row at once
        self.lock_waits = 0
        self.from_nothing = False  # no database was there yet, so that all rows of the first one are news
        self.behind = False  # there is more to read than was read
        self.problem: str | None = None
        self._source, self._follower, self._hear, self._begin = source, follower, hear, begin
        self._lost, self._told = lost, told
        self._generation = 0
        self._later: asyncio.TimerHandle | asyncio.Handle | None = None
        self._locked_since: float | None = None
        self._log = get_logger()

    def start(self) -> None:
        """Follow the feed from its end on."""
        if self._follower is not None:
            asyncio.get_running_loop().add_reader(self._follower.fileno(), self._rung)
        self.look()

    def close(self) -> None:
        if self._later is not None:
            self._later.cancel()
        if self._follower is not None:
            asyncio.get_running_loop().remove_reader(self._follower.fileno())
            self._follower.close()
        self._source.close()

    def look(self) -> None:
        """Read what is there, as after a ring."""
        if self._follower is not None:
            self._follower.drain()
        self._read()

    def catch_up(self) -> Overview:
        """Read to the end of what is there now; returns the database.

        Raises:
            StoreError: it can't be read; NoDatabase: there is none.
        """
        database = self._continued()
        _, last = database.feed_ends()
        while self.last_id < last and self._page(database):
            pass
        return database

    def _rung(self) -> None:
        if self._follower is None:
            return
        self._follower.drain()
        if self.eager:
            self._read()
        elif self._later is None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._follower.fileno())
            self._later = loop.call_later(CALM, self._calm)

    def _calm(self) -> None:
        self._later = None
        if self._follower is not None:
            asyncio.get_running_loop().add_reader(self._follower.fileno(), self._rung)
            self._follower.drain()
        self._read()

    def _read(self) -> None:
        """Read a page; what is left comes in the loop's next rounds, so that others are served between them."""
        try:
            more = self._page(self._continued())
        except NoDatabase:
            self._tell(None)
            return
        except StoreBusy as error:
            self.lock_waits += 1
            self._locked(str(error))
            self._again(AGAIN)
            return
        except StateMachineError as error:
            self._tell(str(error))
            return
        self._locked_since = None
        self._tell(None)
        self.behind = more
        if more:
            self._again(0)

    def _locked(self, problem: str) -> None:
        clock = asyncio.get_running_loop().time()
        if self._locked_since is None:
            self._locked_since = clock
        elif clock - self._locked_since > LOCKED_LONG:
            self._tell(problem)

    def _tell(self, problem: str | None) -> None:
        if problem == self.problem:
            return
        self.problem = problem
        if problem is None:
            self._log.info("the database can be read again")
        else:
            self._log.warning("the database can't be read", error=problem)
        self._told()

    def _again(self, seconds: float) -> None:
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(seconds, self._once_more)

    def _once_more(self) -> None:
        self._later = None
        self._read()

    def database(self) -> Overview:
        """The database; raises what ``Source.database`` does."""
        try:
            database = self._source.database()
        except NoDatabase:
            there_was_one, self.from_nothing = not self.from_nothing and self._generation > 0, True
            if there_was_one:
                self.last_id = 0
                self._log.warning("the database is no longer there", path=self._source.path)
                self._lost()
            raise
        if self._generation != self._source.generation:
            _, self.last_id = (0, 0) if self.from_nothing else database.feed_ends()
            self._generation = self._source.generation
            self._begin(database)
            self.from_nothing = False
        return database

    def _continued(self) -> Overview:
        """The same; it begins anew where another one, such as a backup, was written into the same file."""
        database = self.database()
        _, last = database.feed_ends()
        if last < self.last_id and database.feed_sequence() < self.last_id:
            self._source.close()
            database = self.database()
        return database

    def _page(self, database: Overview) -> bool:
        """Read one page; returns whether it was full."""
        try:
            rows = database.feed_after(self.last_id, PAGE)
        except StoreBusy:
            raise
        except StoreError:
            self._source.close()  # what is at the path now is looked at next time
            raise
        if rows:
            self.last_id = rows[-1][0]
        self._hear(rows)
        return len(rows) == PAGE
