"""What clients order: events, jobs, and what is done to jobs; by the same ways as the commands."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException

from statemachine_internal.control import delivery
from statemachine_internal.control.addresses import check_machine_name
from statemachine_internal.control.outgoing import Outgoing
from statemachine_internal.errors import StateMachineError, StoreError, UsageError
from statemachine_internal.jobs.changing import QueueChange
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.overview import MONITOR, Overview

from ..answers import Done, Job, Removed, Sent
from ..described import BAD_REQUEST, CHANGES, CREATED
from ..moments import now, stored
from ..orders import MOST_AT_ONCE, EventOrder, JobOrder, JobsOrder, JobToAdd, as_map
from ..paging import Asked, Page, newest_first
from ..queue_watch import LONGEST
from ..requester import source_of
from ..shown import shown
from ..station import Station
from .jobs import one_job

ALL = "all"
REASON = "by an operator of the monitor"


def order_routes(station: Station) -> APIRouter:
    """All that a client may change, but machines."""
    router = APIRouter(responses=CHANGES)

    @router.post("/api/events", response_model=Sent, status_code=CREATED, tags=["events"])
    def send(order: EventOrder, request: Request) -> dict[str, Any]:
        """Send an event: to the machine if it runs, else into its inbox."""
        target = check_machine_name(order.target)
        if target == ALL:
            raise UsageError(
                f"'{ALL}' stands for every machine only in a machine's send_event action; name one machine"
            )
        source = source_of(request, order.source)
        event = Outgoing(
            target=target, type=order.type, payload=as_map(order.payload), source=source, job_id=order.job_id or None
        )
        done = delivery.deliver(event)
        accepted = done.how == delivery.ACCEPTED
        return {"id": done.id, "accepted": accepted, "stored": not accepted, "detail": done.sentence}

    @router.post("/api/jobs", response_model=Job, status_code=CREATED, tags=["jobs"])
    def add(order: JobToAdd, request: Request) -> dict[str, Any]:
        """Add a job, and wake who waits for one like it."""
        job = _job(order)
        with QueueChange(source=source_of(request, None), make=True) as change:
            change.add(job)
        return _now(order.id)

    @router.post("/api/jobs/actions", response_model=Done, tags=["jobs"])
    def act(order: JobsOrder, request: Request) -> dict[str, Any]:
        """Do the same to many jobs; one that refuses stops none of the others.

        Those of a status or type come in pages, the newest first: ``next`` says where to go on. Jobs that are added
        after the first page are in none of the others.
        """
        if order.ids is not None:
            if len(order.ids) > MOST_AT_ONCE:  # the older and the newer pydantic have different words for this
                raise HTTPException(BAD_REQUEST, f"'ids' are {len(order.ids)}; name {MOST_AT_ONCE} at most at once")
            ids, next = order.ids, None
        elif order.status is None and order.type is None:
            raise HTTPException(BAD_REQUEST, "name the jobs by 'ids', or choose them by 'status' or 'type'")
        else:
            page = station.readings.read(lambda database: _chosen(database, order))
            ids, next = [str(row["id"]) for row in page.rows], page.next
        done, refused = 0, []
        with QueueChange(source=source_of(request, None)) as change:
            for id in ids:
                try:
                    _change(change, order.action, id, JobOrder(reason=order.reason, result=None))
                except StoreError:
                    raise
                except StateMachineError as error:
                    refused.append({"id": id, "detail": str(error)})
                else:
                    done += 1
        return {"done": done, "refused": refused, "next": next}

    @router.post("/api/jobs/{id:path}/remove", response_model=Removed, tags=["jobs"])
    def remove(id: str, request: Request, _: JobOrder | None = None) -> dict[str, str]:
        """Delete a job that nobody works on."""
        with QueueChange(source=source_of(request, None)) as change:
            change.remove(id)
        return {"removed": id}

    def _now(id: str) -> dict[str, Any]:
        return shown(station.readings.read(lambda database: one_job(database, id)))

    def offer(action: str, text: str) -> None:
        def act_on_one(id: str, request: Request, order: JobOrder | None = None) -> dict[str, Any]:
            with QueueChange(source=source_of(request, None)) as change:
                _change(change, action, id, order or JobOrder(reason=None, result=None))
            return _now(id)

        act_on_one.__doc__ = text
        path = f"/api/jobs/{{id:path}}/{action}"
        router.add_api_route(path, act_on_one, methods=["POST"], response_model=Job, tags=["jobs"], name=action)

    offer("retry", "Run a finished job once more, with all its attempts.")
    offer("cancel", "Take an open job back, also from the machine that works on it.")
    offer("complete", "Say that an open job is done.")
    offer("fail", "Say that an attempt at an open job has failed.")
    return router


def _change(change: QueueChange, action: str, id: str, order: JobOrder) -> object:
    reason = order.reason or REASON
    actions: dict[str, Callable[[], object]] = {
        "retry": lambda: change.retry(id),
        "cancel": lambda: change.cancel(id, reason),
        "complete": lambda: change.complete(id, order.result),
        "fail": lambda: change.fail(id, reason),
        "remove": lambda: change.remove(id),
    }
    return actions[action]()


def _job(order: JobToAdd) -> NewJob:
    """The job that an order describes.

    Raises:
        UsageError: it can't be added so.
    """
    # A job's id, type and payload are what those of an event about it may be, so they are checked as one.
    checked = Outgoing(target="ui", type=order.type, payload=as_map(order.payload), source="monitor", job_id=order.id)
    if order.input_file and not os.path.isabs(order.input_file):
        raise UsageError(f"input_file is '{order.input_file[:200]}'; use an absolute path")
    try:
        run_after = 0 if order.run_after is None else max(0, stored(order.run_after))
    except ValueError as error:
        raise UsageError(f"run_after: {error}") from None
    return NewJob(
        id=order.id,
        type=order.type,
        payload=checked.payload_json,
        machine_type=order.machine_type or None,
        input_file=order.input_file or None,
        priority=order.priority,
        max_attempts=order.max_attempts,
        run_after=run_after,
        unique_key=order.unique_key or None,
    )


def _chosen(database: Overview, order: JobsOrder) -> Page:
    moment = now()
    return newest_first(
        Asked(limit=order.limit, before=order.before),
        database.job_ends(),
        lambda begin, stop, n: database.rows(
            MONITOR.jobs_down, begin, stop, moment, order.status, order.type, None, LONGEST, n
        ),
        "seq",
    )
