"""What the commands of jobs import, and the moments that their arguments mean."""

from __future__ import annotations

import time

import pytest

from statemachine_cmd.db import moments
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.sqlite import SqliteStore
from support.workspace import Workspace
from unit.cmd.test_database_start import HEAVY, OF_JSON, imported

SECOND = 1_000_000


@pytest.mark.req("G3")
@pytest.mark.req("G5")
@pytest.mark.req("G6")
@pytest.mark.parametrize("format", ["table", "json"])
@pytest.mark.parametrize(
    "command", ["list", "details j", "list-errors", "controller-log", "machine-status", "machine-health"]
)
def test_a_listing_of_jobs_imports_nothing_heavy(workspace: Workspace, command: str, format: str) -> None:
    store = SqliteStore(str(workspace.database))
    with store.transaction():
        store.jobs.add(NewJob(id="j", type="t"), 1)
    store.close()
    modules = imported(workspace, *command.split(), "--format", format)
    assert modules & HEAVY == set()
    if format == "table":
        assert modules & OF_JSON == set()


@pytest.mark.req("G2")
def test_adding_a_job_imports_no_more_than_its_store_does(workspace: Workspace) -> None:
    modules = imported(workspace, "add-job", "j", "--type", "t", "--run-after", "10m")
    heavy = modules & HEAVY
    # Of the queue's own types; none of what takes long.
    assert heavy <= {"contextlib", "dataclasses", "typing", "inspect", "importlib.metadata"}
    assert "statemachine_internal.runtime.engine" not in modules


@pytest.mark.req("G4")
@pytest.mark.parametrize("command", ["cleanup --status failed --force", "cleanup-events --force"])
def test_cleaning_up_imports_nothing_heavy(workspace: Workspace, command: str) -> None:
    SqliteStore(str(workspace.database)).close()
    assert imported(workspace, *command.split()) & HEAVY == set()


@pytest.mark.req("F5")
@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2026-03-01T13:05:00Z", 1_772_370_300_000_000),
        ("2026-03-01T14:05:00.25+01:00", 1_772_370_300_250_000),
        ("1900-01-01T00:00Z", 0),
    ],
)
def test_a_moment_is_an_iso_time(text: str, stored: int) -> None:
    assert moments.moment(text) == stored


@pytest.mark.req("F5")
@pytest.mark.parametrize("text", ["10s", "2m", "3h", "1d", "1w"])
def test_a_moment_is_an_age_from_now(text: str) -> None:
    before = time.time_ns() // 1000
    ahead = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[text[-1]] * int(text[:-1]) * SECOND
    assert before <= moments.moment(text) - ahead <= time.time_ns() // 1000


@pytest.mark.req("F5")
@pytest.mark.parametrize("text", ["", "soon", "10", "0m", "-5m", "2026-02-30", "20260301", "9999-99-99", "12:30"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a time such as"):
        moments.moment(text)
