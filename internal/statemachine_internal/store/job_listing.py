"""What the commands list of jobs, and of machines with the jobs that they work on."""

from __future__ import annotations

from statemachine_internal.store.listing import Listing
from statemachine_internal.store.queries import Queries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

JOBS = Queries("job_listing")


class JobListing(Listing):
    """The database at a path, for reading; raises what ``Listing`` raises."""

    def jobs(
        self,
        *,
        now: int,
        limit: int,
        payload: bool,
        status: str | None = None,
        type: str | None = None,
        machine: str | None = None,
        id: str | None = None,
    ) -> list[dict[str, Any]]:
        """Jobs that match, newest first; with their payloads and results only if asked."""
        return self._rows(JOBS.jobs, payload, now, status, type, machine, id, limit)

    def failures(self, *, limit: int) -> list[dict[str, Any]]:
        """Jobs that were given up, and each machine's latest error, newest first."""
        return self._rows(JOBS.failures, limit)

    def log(self, machine: str | None, *, since: int, limit: int) -> list[dict[str, Any]]:
        """What machines and senders said, newest first."""
        return self._rows(JOBS.log, machine, since, limit)

    def working_machines(self, machine: str | None, *, now: int, limit: int) -> list[dict[str, Any]]:
        """Machines by name, with the jobs that they work on, what they wait for, and how many such jobs there are."""
        return self._rows(JOBS.machines, machine, now, limit)

    def health(self, machine: str | None) -> list[dict[str, Any]]:
        """Machines by name, with their latest error, and the jobs that they work on."""
        return self._rows(JOBS.health, machine)
