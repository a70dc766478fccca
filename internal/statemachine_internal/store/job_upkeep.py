"""The Store with what only a person does to jobs: removing them, and seeing all that are worked on."""

from __future__ import annotations

from statemachine_internal.store.job_protocol import Job
from statemachine_internal.store.queries import Queries
from statemachine_internal.store.sqlite import SqliteStore

UPKEEP = Queries("job_upkeep")


class JobUpkeep(SqliteStore):
    """A Store, for a command."""

    def remove(self, id: str) -> bool:
        """Delete a job; False if there is none, or a machine works on it."""
        self._execute(UPKEEP.remove, (id,))
        return self._connection.changes() == 1

    def worked_on(self) -> list[Job]:
        """The jobs that machines work on, oldest first."""
        ids = [str(id) for (id,) in self._execute(UPKEEP.worked_on).fetchall()]
        return [job for id in ids if (job := self.jobs.get(id)) is not None]
