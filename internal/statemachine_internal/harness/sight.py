"""What a test looks at, read from the rows of the machine under test and from where it stands."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from statemachine_internal.harness.driver import Driver
from statemachine_internal.harness.seen import Call, Moved, SeenJob, Sent
from statemachine_internal.store.queries import Queries

SHOWN = Queries("harness")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Sight:
    """A machine under test, to be looked at."""

    _driver: Driver

    @property
    def state(self) -> str:
        """The state that the machine is in."""
        return self._driver.live.snapshot.state

    @property
    def finished(self) -> bool:
        """Whether it has come to a final state."""
        return self._driver.finished

    @property
    def context(self) -> dict[str, Any]:
        """A copy of its context."""
        copied: dict[str, Any] = json.loads(json.dumps(self._driver.live.snapshot.context))
        return copied

    @property
    def now(self) -> datetime:
        """What its clock shows."""
        return _time(self._driver.now)

    @property
    def timers(self) -> dict[str, float]:
        """Its timers, and in how many seconds each is due."""
        return {name: (due - self._driver.now) / 1_000_000 for name, due in self._driver.live.timers.items()}

    @property
    def history(self) -> list[Moved]:
        """Its transitions, oldest first, without the start."""
        changes = [payload for type, payload in self._feed() if type == "state_change" and payload["from"]]
        return [Moved(change["from"], change["event"], change["to"]) for change in changes]

    @property
    def sent(self) -> list[Sent]:
        """The events that it has sent, oldest first; those to itself too."""
        rows = self._driver.rows(SHOWN.sent, self._driver.machine.name)
        return [
            Sent(target=target, type=type, payload=json.loads(payload), job_id=job, due=_time(due) if due else None)
            for target, type, payload, job, due in rows
        ]

    @property
    def log(self) -> list[str]:
        """What its ``log`` actions have said."""
        return [str(payload["message"]) for type, payload in self._feed() if type == "activity_log"]

    @property
    def errors(self) -> list[str]:
        """What has failed, oldest first."""
        return [str(payload["error"]) for type, payload in self._feed() if type == "error"]

    @property
    def ignored(self) -> list[str]:
        """The types of the events that no transition took."""
        rows = self._driver.rows(SHOWN.ignored, self._driver.machine.name)
        return [str(type) for (type,) in rows]

    @property
    def calls(self) -> list[Call]:
        """The actions that awaited, in the order in which they were begun."""
        return list(self._driver.calls)

    @property
    def jobs(self) -> dict[str, SeenJob]:
        """The jobs of the queue, by their ids."""
        found = [self._driver.store.jobs.get(str(id)) for (id,) in self._driver.rows(SHOWN.jobs)]
        return {
            job.id: SeenJob(
                id=job.id,
                type=job.type,
                status=job.status.value,
                attempts=job.attempts,
                payload=json.loads(job.payload),
                result=None if job.result is None else json.loads(job.result),
                error=job.error,
                progress=job.progress,
            )
            for job in found
            if job is not None
        }

    def _feed(self) -> list[tuple[str, dict[str, Any]]]:
        rows = self._driver.rows(SHOWN.feed, self._driver.machine.name)
        return [(str(type), json.loads(payload)) for type, payload in rows]


def microseconds(time: datetime) -> int:
    """A time as the store has it: since 1970, UTC."""
    return (time - _EPOCH) // _MICROSECOND


def _time(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND
