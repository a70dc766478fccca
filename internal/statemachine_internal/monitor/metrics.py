"""The metrics: their names, and what the feed adds to them as it is read.

A page of the manual has a line for each (statemachine-monitor.service(8)), and the dashboard under ``deploy/grafana``
asks for no others; tests look at both.
"""

from __future__ import annotations

import json
from collections import Counter, deque

from statemachine_internal.store.overview import MONITOR, FeedTuple, Overview

from .exposition import Histogram, Kind, Metric
from .moments import SECOND

EVENT_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 3600.0)
JOB_BOUNDS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0)
LOOKED_UP_AT_ONCE = 5000
WAITING_MOST = 200_000
"""Events and jobs whose times are still to be looked up; of more the oldest are left out."""

BUILD = Metric(name="statemachine_build_info", kind=Kind.GAUGE, help="Always 1.", labels=("version",))
MACHINES = Metric(
    name="statemachine_machines",
    kind=Kind.GAUGE,
    help="Machines by definition, state and status.",
    labels=("definition", "state", "status"),
)
RUNNING = Metric(name="statemachine_machines_running", kind=Kind.GAUGE, help="Machines whose process lives.")
TRANSITIONS = Metric(
    name="statemachine_transitions_total", kind=Kind.COUNTER, help="Changes of state.", labels=("machine",)
)
ERRORS = Metric(name="statemachine_errors_total", kind=Kind.COUNTER, help="Errors in the history.", labels=("machine",))
EVENT_LATENCY = Metric(
    name="statemachine_event_latency_seconds",
    kind=Kind.HISTOGRAM,
    help="From the acceptance of an event to the commit of the transition that took it.",
)
INBOX = Metric(
    name="statemachine_inbox_events", kind=Kind.GAUGE, help="Pending events of a machine.", labels=("machine",)
)
INBOX_AGE = Metric(
    name="statemachine_inbox_oldest_seconds",
    kind=Kind.GAUGE,
    help="Age of the oldest pending event of a machine.",
    labels=("machine",),
)
JOBS = Metric(name="statemachine_jobs", kind=Kind.GAUGE, help="Jobs by type and status.", labels=("type", "status"))
JOB_DURATION = Metric(
    name="statemachine_job_duration_seconds",
    kind=Kind.HISTOGRAM,
    help="From the claim of a job to its end, by its last attempt.",
    labels=("status",),
)
JOB_RETRIES = Metric(
    name="statemachine_job_retries_total", kind=Kind.COUNTER, help="Attempts after which a job was scheduled again."
)
FEED_LAG = Metric(
    name="statemachine_feed_lag_rows", kind=Kind.GAUGE, help="Rows of the feed that the monitor had not read yet."
)
CLIENTS = Metric(
    name="statemachine_websocket_clients", kind=Kind.GAUGE, help="Connected WebSockets.", labels=("stream",)
)
OVERFLOWS = Metric(
    name="statemachine_websocket_overflows_total",
    kind=Kind.COUNTER,
    help="Times that a slow client fell behind, and read on from the database.",
)
SIZE = Metric(name="statemachine_database_size_bytes", kind=Kind.GAUGE, help="Size of the database.", labels=("file",))
LOCK_WAITS = Metric(
    name="statemachine_monitor_lock_waits_total",
    kind=Kind.COUNTER,
    help="Times that the monitor found the database locked, and read it later.",
)
METRICS = (
    BUILD, MACHINES, RUNNING, TRANSITIONS, ERRORS, EVENT_LATENCY, INBOX, INBOX_AGE, JOBS, JOB_DURATION, JOB_RETRIES,
    FEED_LAG, CLIENTS, OVERFLOWS, SIZE, LOCK_WAITS,
)  # fmt: skip


class Tally:
    """What the feed has said since this process began."""

    def __init__(self) -> None:
        self.transitions: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.retries = 0
        self.event_latency = Histogram(EVENT_BOUNDS)
        self.job_durations: dict[str, Histogram] = {status: Histogram(JOB_BOUNDS) for status in ("completed", "failed")}
        self._events: deque[int] = deque(maxlen=WAITING_MOST)
        self._jobs: deque[str] = deque(maxlen=WAITING_MOST)

    def hear(self, rows: list[FeedTuple]) -> None:
        """Count rows; the times of events and jobs are looked up later."""
        for _, machine, type, payload, event_id, _ in rows:
            if type == "state_change":
                self.transitions[machine] += 1
                if event_id is not None:
                    self._events.append(event_id)
            elif type == "error":
                self.errors[machine] += 1
            elif type in ("job_completed", "job_failed"):
                job = json.loads(payload)
                if job.get("run_after") is not None:
                    self.retries += 1
                elif isinstance(job.get("job_id"), str):
                    self._jobs.append(job["job_id"])

    @property
    def waiting(self) -> int:
        """How many times are still to be looked up."""
        return len(self._events) + len(self._jobs)

    def taken(self) -> tuple[list[int], list[str]]:
        """Events and jobs to be looked up now; they are no longer waiting."""
        events = [self._events.popleft() for _ in range(min(len(self._events), LOOKED_UP_AT_ONCE))]
        jobs = [self._jobs.popleft() for _ in range(min(len(self._jobs), LOOKED_UP_AT_ONCE))]
        return events, jobs

    def add(self, latencies: list[float], durations: list[tuple[str, float]]) -> None:
        """Take in what was looked up."""
        for seconds in latencies:
            self.event_latency.add(seconds)
        for status, seconds in durations:
            if status in self.job_durations:
                self.job_durations[status].add(seconds)


def looked_up(database: Overview, events: list[int], jobs: list[str]) -> tuple[list[float], list[tuple[str, float]]]:
    """Seconds that events waited, and that jobs took, by their status."""
    latencies = [
        max(0, row["processed"] - row["created"]) / SECOND
        for row in database.rows(MONITOR.event_times, json.dumps(events))
    ]
    durations = [
        (row["status"], max(0, row["finished"] - row["started"]) / SECOND)
        for row in database.rows(MONITOR.job_times, json.dumps(jobs))
    ]
    return latencies, durations
