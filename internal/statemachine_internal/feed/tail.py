"""The feed of this host as it grows, for a program that follows it: read by id, woken by the rings of the machines."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from statemachine_internal.control.addresses import ensure_runtime_dir
from statemachine_internal.feed.follow import Follower
from statemachine_internal.store.connection import NoDatabase
from statemachine_internal.store.queries import Queries
from statemachine_internal.store.reading import Reading

FEED = Queries("feed")
PAGE = 500
BACKSTOP = 30.0  # seconds; a ring that was lost is made good then, if not by the next one


class Happened(NamedTuple):
    """One row of the feed. ``at`` is microseconds since 1970, UTC."""

    id: int
    type: str
    machine: str
    payload: dict[str, Any]
    at: int


class _Rows(Reading):
    """The rows of one database."""

    def last_id(self) -> int:
        return int(self._values(FEED.last_id)[0][0])

    def after(self, last: int) -> list[Happened]:
        rows = self._values(FEED.after, last, PAGE)
        return [Happened(id, type, machine, json.loads(payload), at) for id, machine, type, payload, _event, at in rows]


class Tail:
    """Follows from construction on; ``after`` None begins with what comes next.

    Raises:
        RuntimeDirError, OSError: no socket can be made to be rung at.
        StoreError: the database can't be read. That there is none yet is no error.
    """

    def __init__(self, path: str, after: int | None) -> None:
        self._path = path
        self._rows: _Rows | None = None
        self._open()
        self._last = self._newest() if after is None else after
        ensure_runtime_dir()
        self._follower = Follower("events")  # whoever sees its socket knows that what he does now is followed

    def __enter__(self) -> Tail:
        return self

    def __exit__(self, *_: object) -> None:
        self._follower.close()
        if self._rows is not None:
            self._rows.close()

    def follow(self, deadline: float | None) -> Iterator[Happened]:
        """Every row, as it comes, until ``deadline`` on the monotonic clock; None for ever.

        What is in the feed by then still comes, however slowly it is taken.
        """
        end: int | None = None
        while True:
            for row in self._new():
                if end is None and deadline is not None and time.monotonic() >= deadline:
                    end = self._newest()
                if end is not None and row.id > end:
                    return
                self._last = row.id
                yield row
            left = BACKSTOP if deadline is None else min(BACKSTOP, deadline - time.monotonic())
            if left <= 0:
                return
            self._follower.wait(left)

    def _new(self) -> Iterator[Happened]:
        if self._rows is None or self._rows.replaced():
            self._open()
            self._last = min(self._last, self._newest())  # a backup was put in its place
        while self._rows is not None and (page := self._rows.after(self._last)):
            yield from page

    def _newest(self) -> int:
        return 0 if self._rows is None else self._rows.last_id()

    def _open(self) -> None:
        if self._rows is not None:
            self._rows.close()
            self._rows = None
        try:
            self._rows = _Rows(self._path)
        except NoDatabase:
            return
