"""The metrics: each is told, in Prometheus' form, and says what happened; the dashboard asks for no others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from statemachine_internal.monitor.metrics import METRICS
from support.machines import flip, start_machine
from support.workspace import ROOT, Workspace
from unit.monitor.running import ask, open_monitor, order

WORKER = """
name: worker
initial_state: idle
transitions:
  - {from: idle, to: busy, event: go}
  - {from: busy, to: idle, event: job_completed}
  - {from: busy, to: idle, event: job_failed}
actions:
  busy:
    - {type: check_database_queue, job_type: easy}
    - {type: complete_job}
"""
SAMPLE = re.compile(r'^([a-z_]+)(\{[a-z_]+="[^"]*"(?:,[a-z_]+="[^"]*")*\})? (\+Inf|-?\d+(?:\.\d+)?(?:e-?\d+)?)$')
DASHBOARD = ROOT / "deploy" / "grafana" / "statemachine.json"
NAMES = {metric.name for metric in METRICS}


@pytest.fixture
def port(workspace: Workspace) -> Iterator[int]:
    with open_monitor(workspace) as monitor:
        monitor.start("--port", "0", "--no-websocket")
        yield monitor.ready()[0]


def scraped(port: int) -> dict[str, float]:
    answer = ask(port, "/metrics")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    found: dict[str, float] = {}
    for line in answer.body.decode().splitlines():
        if line.startswith("#"):
            continue
        match = SAMPLE.match(line)
        assert match is not None, line
        assert f"{match[1]}{match[2] or ''}" not in found
        found[f"{match[1]}{match[2] or ''}"] = float(match[3])
    return found


@pytest.mark.req("H3")
def test_each_metric_is_told_with_its_help_and_its_type(port: int) -> None:
    text = ask(port, "/metrics").body.decode()
    for metric in METRICS:
        assert f"# HELP {metric.name} {metric.help}\n# TYPE {metric.name} {metric.kind.value}\n" in text
    assert len(re.findall("^# TYPE ", text, re.MULTILINE)) == len(METRICS) == len(NAMES)


@pytest.mark.req("H3")
def test_the_metrics_say_what_happened(workspace: Workspace, port: int) -> None:
    start_machine(workspace, "lamp")
    before = scraped(port)
    flip(workspace, "lamp", 3)
    for number in range(2):
        order(port, "/api/jobs", {"id": f"j{number}", "type": "easy"})
    start_machine(workspace, "worker", WORKER)
    flip(workspace, "worker", 1, "go")
    while scraped(port).get('statemachine_job_duration_seconds_count{status="completed"}', 0) < 1:
        pass
    order(port, "/api/events", {"target": "nobody", "type": "x"})
    after = scraped(port)
    lamp = 'statemachine_transitions_total{machine="lamp"}'
    assert after[lamp] - before.get(lamp, 0) == 3
    assert after['statemachine_machines{definition="toggle",state="on",status="waiting"}'] == 1
    assert after["statemachine_machines_running"] == 2
    assert after['statemachine_jobs{type="easy",status="pending"}'] == 1
    assert after['statemachine_jobs{type="easy",status="completed"}'] == 1
    assert after["statemachine_event_latency_seconds_count"] - before["statemachine_event_latency_seconds_count"] == 4
    assert (
        after['statemachine_event_latency_seconds_bucket{le="+Inf"}']
        == after["statemachine_event_latency_seconds_count"]
    )
    assert after['statemachine_inbox_events{machine="nobody"}'] == 1
    assert after['statemachine_inbox_oldest_seconds{machine="nobody"}'] >= 0
    assert after['statemachine_database_size_bytes{file="database"}'] == workspace.database.stat().st_size
    assert after["statemachine_feed_lag_rows"] == 0


@pytest.mark.req("H3")
def test_a_failed_attempt_is_a_retry(workspace: Workspace, port: int) -> None:
    order(port, "/api/jobs", {"id": "j", "type": "easy", "max_attempts": 2})
    start_machine(workspace, "worker", WORKER.replace("complete_job", "fail_job, reason: no"))
    flip(workspace, "worker", 1, "go")
    while scraped(port)["statemachine_job_retries_total"] < 1:
        pass
    assert 'statemachine_job_duration_seconds_count{status="failed"}' in scraped(port)


@pytest.mark.req("H3")
def test_the_dashboard_asks_for_metrics_that_are_there() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    asked = {
        name
        for panel in panels
        for target in panel["targets"]
        for name in re.findall(r"statemachine_\w+", target["expr"])
    }
    told = NAMES | {f"{metric.name}_{end}" for metric in METRICS for end in ("bucket", "sum", "count")}
    assert asked <= told
    assert len({name.removesuffix("_bucket") for name in asked} & NAMES) >= len(NAMES) - 1  # all but the version
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(places)


@pytest.mark.req("H3")
def test_what_is_counted_is_there_with_nothing_before_it_happens(workspace: Workspace) -> None:
    start_machine(workspace, "lamp")
    with open_monitor(workspace) as monitor:
        monitor.start("--port", "0", "--no-websocket")
        (port,) = monitor.ready()
        order(port, "/api/jobs", {"id": "j", "type": "easy"})
        found = scraped(port)
    for name in ("transitions_total", "errors_total", "inbox_events", "inbox_oldest_seconds"):
        assert found[f'statemachine_{name}{{machine="lamp"}}'] == 0
    for status in ("scheduled", "processing", "completed", "failed", "cancelled"):
        assert found[f'statemachine_jobs{{type="easy",status="{status}"}}'] == 0
    for status in ("completed", "failed"):
        assert found[f'statemachine_job_duration_seconds_count{{status="{status}"}}'] == 0
    assert found["statemachine_job_retries_total"] == 0
