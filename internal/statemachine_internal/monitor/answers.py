"""The shapes of the API's answers, from which its description (OpenAPI) is made."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

Payload = Any


class WorkedOn(BaseModel):
    """The job that a machine works on."""

    id: str
    type: str
    progress: float | None = Field(None, description="percent")


class Machine(BaseModel):
    """A machine as it stands."""

    name: str
    config_type: str = Field(description="the name of its definition")
    state: str
    status: str = Field(description="running, waiting, stopped, finished, failed or paused")
    running: bool = Field(description="whether a process of it lives, by its lock")
    paused: bool
    entered: str | None = Field(None, description="when it came into its state")
    last_activity: str
    started: str
    pid: int | None = None
    pending: int = Field(description="events in its inbox")
    oldest_pending: str | None = None
    job: WorkedOn | None = None
    next_due: str | None = Field(None, description="when its next timer is due")
    waits_for: dict[str, Any] | None = Field(None, description="jobs_for, jobs or machine: what its action waits for")
    definition_hash: str
    final: bool = Field(description="whether its run has ended")
    last_error: str | None = None


class Machines(BaseModel):
    """All machines, by name."""

    machines: list[Machine]
    last_id: int = Field(description="the id of the feed that this is true for")


class Event(BaseModel):
    """An event, and what became of it."""

    id: int
    target: str
    source: str
    type: str
    status: str = Field(description="pending, processed, ignored, deferred or failed")
    payload: Payload = Field(None, description="null in a list where it is longer than 4096 characters")
    job_id: str | None = None
    created: str
    processed: str | None = None
    not_before: str | None = None
    error: str | None = None
    sender_uid: int | None = None
    sender_pid: int | None = None


class Timer(BaseModel):
    """A timer of a machine."""

    name: str
    due: str


class Process(BaseModel):
    """What is known of the process of a machine."""

    pid: int | None = None
    invocation_id: str | None = Field(None, description="systemd's: journalctl _SYSTEMD_INVOCATION_ID=…")
    boot_id: str | None = None
    epoch: int
    control_path: str | None = None
    definition_hash: str


class MachineDetails(Machine):
    """A machine with all that there is to know of it."""

    context: Payload = None
    timers: list[Timer]
    pending_events: list[Event]
    recent_ignored: list[Event]
    takes: list[str] = Field(description="the events that its state takes")
    unit: Process


class FeedItem(BaseModel):
    """A row of the feed."""

    id: int
    type: str
    machine_name: str
    payload: Payload = None
    timestamp: str
    event_id: int | None = None


class FeedItems(BaseModel):
    """A page of the feed."""

    items: list[FeedItem]
    next: int | None = Field(None, description="the id to go on from; null at the end")


class Events(BaseModel):
    """A page of events."""

    items: list[Event]
    next: int | None = Field(None, description="the id to go on from; null at the end")


class Job(BaseModel):
    """A job."""

    seq: int = Field(description="its number, by which lists of jobs page")
    id: str
    type: str
    machine_type: str | None = None
    machine: str | None = Field(None, description="that works on it")
    status: str = Field(description="pending, scheduled, processing, completed, failed or cancelled")
    priority: int
    attempts: int
    max_attempts: int
    run_after: str | None = None
    unique_key: str | None = None
    progress: float | None = None
    input_file: str | None = None
    payload: Payload = Field(None, description="null in a list where it is longer than 4096 characters")
    result: Payload = Field(None, description="null in a list where it is longer than 4096 characters")
    error: str | None = None
    source_job: str | None = None
    created: str
    started: str | None = None
    finished: str | None = None


class Jobs(BaseModel):
    """A page of jobs."""

    items: list[Job]
    next: int | None = Field(None, description="the seq to go on from; null at the end")


class JobDetails(Job):
    """A job, and what the feed says of it."""

    history: list[FeedItem]


class JobCounts(BaseModel):
    """How many jobs there are in each status."""

    pending: int
    scheduled: int
    processing: int
    completed: int
    failed: int
    cancelled: int


class StateThen(BaseModel):
    """Where a machine was at a time."""

    state: str
    entered: str
    id: int = Field(description="of the row of the feed by which it came there")
    definition_hash: str | None = None


class MachineThen(BaseModel):
    """The same, of one machine among others."""

    name: str
    state: str
    entered: str


class MachinesThen(BaseModel):
    """Where all machines were at a time."""

    machines: list[MachineThen]
    id: int = Field(description="of the feed's last row then")
    complete: bool = Field(description="false: the search took too long; machines that had rested for long are missing")


class Sent(BaseModel):
    """What became of an event that was sent."""

    id: int
    accepted: bool = Field(description="a running machine took it")
    stored: bool = Field(description="it waits in the machine's inbox")
    detail: str


class Removed(BaseModel):
    """A job that is no more."""

    removed: str


class Refused(BaseModel):
    """A job that nothing was done to, and why."""

    id: str
    detail: str


class Done(BaseModel):
    """What became of an action on many jobs."""

    done: int
    refused: list[Refused]
    next: int | None
    """Where there are more of that status or type: what ``before`` is to be for the next page."""
