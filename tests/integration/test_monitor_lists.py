"""The lists of the API: pages while rows are added, and HEAD."""

from __future__ import annotations

from collections.abc import Iterator

import apsw
import pytest

from support.machines import start_machine
from support.workspace import Workspace
from unit.monitor.running import ask, open_monitor

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) "
MANY = {
    "jobs": NUMBERS
    + """INSERT INTO jobs (id, type, payload, priority, status, attempts, max_attempts, run_after, created)
        SELECT hex(randomblob(16)), 't', '{}', 5, 'pending', 0, 1, 0, 1 FROM n""",
    "feed": NUMBERS
    + """INSERT INTO realtime_events (machine_name, event_type, payload, created)
        SELECT 'lamp', 'activity_log', '{"message": "hello"}', 1 FROM n""",
    "events": NUMBERS
    + """INSERT INTO machine_events (source, target, type, payload, status, not_before, created, processed)
        SELECT 'lamp', 'lamp', 'flip', '{}', 'processed', 0, 1, 1 FROM n""",
}


@pytest.fixture
def port(workspace: Workspace) -> Iterator[int]:
    with open_monitor(workspace) as monitor:
        monitor.start("--port", "0", "--no-websocket")
        yield monitor.ready()[0]


@pytest.mark.req("H3")
def test_where_there_is_get_there_is_head(workspace: Workspace, port: int) -> None:
    start_machine(workspace, "lamp").stop()
    paths = (
        "/",
        "/health",
        "/metrics",
        "/api/machines",
        "/api/machines/lamp",
        "/api/jobs",
        "/openapi.json",
        "/api/none",
    )
    for path in paths:
        got, head = ask(port, path), ask(port, path, method="HEAD")
        assert (head.status, head.body) == (got.status, b"")
        assert head.headers["content-type"] == got.headers["content-type"]
    assert ask(port, "/api/jobs/actions", method="HEAD").status in (404, 405)
    described = ask(port, "/openapi.json").body["paths"]
    assert not [path for path, methods in described.items() if "head" in methods]


@pytest.mark.req("H3")
@pytest.mark.parametrize(
    ("path", "table"), [("/api/jobs", "jobs"), ("/api/activity", "feed"), ("/api/events", "events")]
)
def test_pages_neither_skip_nor_double_while_rows_are_added(
    workspace: Workspace, port: int, path: str, table: str
) -> None:
    start_machine(workspace, "lamp").stop()
    connection = apsw.Connection(str(workspace.database))

    def add(count: int) -> None:
        connection.cursor().execute(MANY[table], (count,))

    key = "seq" if table == "jobs" else "id"
    add(1050)
    there = ask(port, f"{path}?limit=1").body["items"][0][key]
    down, at = [], ""
    while True:
        page = ask(port, f"{path}?limit=100{at}").body
        down += [row[key] for row in page["items"]]
        if page["next"] is None:
            break
        at = f"&before={page['next']}"
        add(7)
    assert down == sorted(set(down), reverse=True)
    assert (len(down), down[0]) == (1050, there)
    up, begin, added = [], 0, 0
    while True:
        page = ask(port, f"{path}?limit=100&after={begin}").body
        up += [row[key] for row in page["items"]]
        if page["next"] is None:
            break
        begin = page["next"]
        if added < 5:
            added += 1
            add(3)
    assert up == sorted(set(up))
    assert set(down) < set(up)
    assert up[-1] - up[0] == len(up) - 1
    connection.close()
