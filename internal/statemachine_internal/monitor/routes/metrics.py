"""``/metrics``, for Prometheus."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Response

from statemachine_internal.errors import StoreError
from statemachine_internal.store.overview import MONITOR, Overview, Row
from statemachine_internal.version import VERSION

from .. import metrics
from ..described import RESPONSES
from ..exposition import CONTENT_TYPE, Exposition, Metric
from ..moments import SECOND, now
from ..queue_watch import STATUSES
from ..station import Station


@dataclass
class Depths:
    """What a scrape reads from the database."""

    inboxes: list[Row] = field(default_factory=list)
    jobs: list[Row] = field(default_factory=list)


class MetricsText(Response):
    """The text format."""

    media_type = CONTENT_TYPE


def metric_routes(station: Station) -> APIRouter:
    """``/metrics``."""
    router = APIRouter(tags=["metrics"], responses=RESPONSES)

    @router.get("/metrics", response_class=MetricsText)
    async def scrape() -> MetricsText:
        """All metrics, in Prometheus' text format."""
        moment, depths, lag = now(), Depths(), 0
        try:
            lag = station.lag()
            station.settle()
            await station.look_up()
            depths = await station.reading(lambda database: _depths(database, moment))
        except StoreError:
            pass  # no database yet, or one that can't be read: /health says which
        return MetricsText(_text(station, depths, moment, lag))

    return router


def _depths(database: Overview, moment: int) -> Depths:
    return Depths(database.rows(MONITOR.inbox_depth), database.rows(MONITOR.queue_depth, moment))


def _text(station: Station, depths: Depths, moment: int, lag: int) -> str:
    made, tally = Exposition(), station.tally
    machines = station.picture.machines.values()
    by_state = Counter((each["config_type"], each["state"], each["status"]) for each in machines)

    def gauge(metric: Metric, values: Mapping[Any, float]) -> None:
        made.begin(metric)
        for labels, value in sorted(values.items()):
            made.sample(metric.name, value, dict(zip(metric.labels, labels, strict=True)))

    gauge(metrics.BUILD, {(VERSION,): 1})
    gauge(metrics.MACHINES, by_state)
    gauge(metrics.RUNNING, {(): sum(each["running"] for each in machines)})
    # From the start with 0, so that the first increase is one.
    none = dict.fromkeys(station.picture.machines, 0)
    gauge(metrics.TRANSITIONS, {(machine,): number for machine, number in (none | tally.transitions).items()})
    gauge(metrics.ERRORS, {(machine,): number for machine, number in (none | tally.errors).items()})
    made.begin(metrics.EVENT_LATENCY)
    made.histogram(metrics.EVENT_LATENCY, tally.event_latency)
    inboxes = {row["machine"]: row for row in depths.inboxes}
    nothing = {"number": 0, "oldest": moment}
    rows = {machine: inboxes.get(machine, nothing) for machine in none | inboxes}
    gauge(metrics.INBOX, {(machine,): row["number"] for machine, row in rows.items()})
    gauge(metrics.INBOX_AGE, {(machine,): max(0, moment - row["oldest"]) / SECOND for machine, row in rows.items()})
    each_status = {(row["type"], status): 0 for row in depths.jobs for status in STATUSES}
    gauge(metrics.JOBS, each_status | {(row["type"], row["status"]): row["number"] for row in depths.jobs})
    made.begin(metrics.JOB_DURATION)
    for status, histogram in tally.job_durations.items():
        made.histogram(metrics.JOB_DURATION, histogram, {"status": status})
    gauge(metrics.JOB_RETRIES, {(): tally.retries})
    gauge(metrics.FEED_LAG, {(): lag})
    gauge(metrics.CLIENTS, {(stream,): number for stream, number in station.clients.items()})
    gauge(metrics.OVERFLOWS, {(): station.overflows})
    path = station.settings.database
    gauge(metrics.SIZE, {("database",): _size(path), ("wal",): _size(f"{path}-wal")})
    gauge(metrics.LOCK_WAITS, {(): station.reader.lock_waits})
    return made.text()


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
