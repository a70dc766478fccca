"""``send-event --wait``: what became of an event. Rung by the feed after a commit; reads the event's row then."""

from __future__ import annotations

import time

from statemachine_internal.control.addresses import ensure_runtime_dir
from statemachine_internal.errors import StateMachineError
from statemachine_internal.feed.follow import Follower
from statemachine_internal.store.connection import NoDatabase
from statemachine_internal.store.listing import Listing
from statemachine_internal.store.paths import database_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

OPEN = frozenset({"pending", "deferred"})
# An event that nothing took rings no bell, so the row is looked at now and then too, ever less often.
FIRST_LOOK = 0.05
LAST_LOOK = 1.0


class NotHere(StateMachineError):
    """The machine accepted an event, and the database that this program reads doesn't have it."""

    code = "other_database"


class Watch:
    """Made before an event is sent, so that nothing is missed; ``settled`` waits."""

    def __init__(self) -> None:
        self._path = database_path()
        try:
            with Listing(self._path) as database:
                self._mark = database.last_feed_id()
        except NoDatabase:
            self._mark = 0
        self._follower = _follower()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._follower is not None:
            self._follower.close()

    def settled(self, event_id: int, target: str, seconds: float) -> dict[str, Any]:
        """Wait until the event is settled, or the time is over.

        Returns:
            ``status`` and ``error`` of the event, and ``from_state``, ``to_state``, ``internal`` of what it changed, if
            anything.
        """
        deadline = time.monotonic() + seconds
        look = FIRST_LOOK
        with Listing(self._path) as database:
            while True:
                found = database.outcome(event_id, target)
                if found is None:
                    raise NotHere(
                        f"event {event_id} is not in {self._path}; {target} uses another database, "
                        "name it in STATEMACHINE_DATABASE"
                    )
                left = deadline - time.monotonic()
                if found["status"] not in OPEN or left <= 0:
                    return found | (database.transition_of(event_id, self._mark) or {})
                self._wait(min(look, left))
                look = min(look * 2, LAST_LOOK)

    def _wait(self, seconds: float) -> None:
        if self._follower is None:
            time.sleep(seconds)
        else:
            self._follower.wait(seconds)


def _follower() -> Follower | None:
    try:
        ensure_runtime_dir()
        return Follower("send-event")
    except (OSError, StateMachineError):
        return None  # this user may not be rung there; the looks that are left will do
