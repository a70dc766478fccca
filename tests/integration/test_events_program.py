"""``statemachine-events``: following the feed of this host, and that of a monitor."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable

import pytest

from support.workspace import Running, Workspace

TEXT = """
initial_state: a
transitions:
  - {from: a, event: e, actions: [{type: log, message: "took {event_data.payload.n}", level: success}]}
"""

pytestmark = pytest.mark.req("I3")


def until(running: Running, truth: Callable[[str], bool]) -> str:
    """Wait for what a program prints."""
    deadline = time.monotonic() + 30
    while not truth(running.stdout() + running.stderr()):
        assert running.process.poll() is None, running.stderr()
        assert time.monotonic() < deadline, running.stdout() + running.stderr()
        time.sleep(0.01)
    return running.stdout()


def listening(workspace: Workspace, count: int) -> None:
    """Wait until so many followers listen."""
    deadline = time.monotonic() + 30
    while len(list((workspace.runtime_dir / "feed").glob("events-*.sock"))) < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def followed(monitor: str) -> None:
    """Wait until a monitor has a client that follows it."""
    deadline = time.monotonic() + 30
    while True:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{monitor}/metrics", timeout=10) as metrics:
            if re.search(r"^statemachine_websocket_clients{[^}]*plain[^}]*} 1$", metrics.read().decode(), re.MULTILINE):
                return
        assert time.monotonic() < deadline
        time.sleep(0.01)


def send(workspace: Workspace, n: int) -> None:
    payload = json.dumps({"n": n})
    done = workspace.run("statemachine-db", "send-event", "--target", "m", "--type", "e", "--payload", payload)
    assert done.returncode == 0, done


@pytest.fixture
def machine(workspace: Workspace) -> Running:
    workspace.write("m.yaml", TEXT)
    running = workspace.start("statemachine", "m.yaml")
    until(running, lambda text: "started in" in text)
    return running


def test_several_followers_see_everything_from_the_first_row_of_a_new_database(workspace: Workspace) -> None:
    workspace.write("m.yaml", TEXT)
    followers = [
        workspace.start("statemachine-events"),
        workspace.start("statemachine-events", "--format", "json"),
        workspace.start("statemachine-events", "--format", "compact", "--machine", "m"),
        workspace.start("statemachine-events", "--machine", "other"),
    ]
    listening(workspace, 4)
    workspace.start("statemachine", "m.yaml")
    for n in range(3):
        send(workspace, n)
    for follower in followers[:3]:
        until(follower, lambda text: "took 2" in text)
    human, lines, compact, other = (follower.stdout() for follower in followers)
    assert re.search(r"^\d{4}-\d\d-\d\dT[\d:.]{12} INFO +m: started in a$", human, re.MULTILINE)
    assert re.search(r"^\d{4}-\d\d-\d\dT[\d:.]{12} SUCCESS +m: took 0$", human, re.MULTILINE)
    rows = [json.loads(line) for line in lines.splitlines()]
    assert [row["id"] for row in rows] == list(range(1, len(rows) + 1))
    assert {tuple(row) for row in rows} == {("id", "type", "machine_name", "payload", "timestamp")}
    assert [row["payload"]["message"] for row in rows if row["type"] == "activity_log"] == [
        "took 0",
        "took 1",
        "took 2",
    ]
    assert [int(line.split()[0]) for line in compact.splitlines()] == [row["id"] for row in rows]
    assert other == ""
    followers[0].process.send_signal(signal.SIGINT)
    assert followers[0].wait() == 130
    assert followers[0].stderr() == ""


def test_it_goes_on_behind_a_row_and_ends_after_its_time(workspace: Workspace, machine: Running) -> None:
    for n in range(4):
        send(workspace, n)
    whole = workspace.run("statemachine-events", "--after", "0", "--duration", "0.1", "--format", "json")
    assert whole.returncode == 0
    rows = [json.loads(line) for line in whole.stdout.splitlines()]
    middle = rows[3]["id"]
    rest = workspace.run("statemachine-events", "--after", str(middle), "--duration", "0.1", "--format", "json")
    assert [json.loads(line) for line in rest.stdout.splitlines()] == rows[4:]
    assert workspace.run("statemachine-events", "--duration", "0.1").stdout == ""
    assert machine.process.poll() is None


def test_who_reads_no_more_is_no_traceback(workspace: Workspace, machine: Running) -> None:
    for n in range(4):
        send(workspace, n)
    program = [sys.executable, "-m", "statemachine_cmd.events", "--after", "0", "--duration", "20"]
    with subprocess.Popen(
        program, env=workspace.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout is not None
        assert reader.stderr is not None
        reader.stdout.readline()
        reader.stdout.close()
        send(workspace, 9)
        send(workspace, 10)
        assert reader.wait(30) == 141
        assert reader.stderr.read() == ""
    assert machine.process.poll() is None


def test_a_restored_database_is_followed_from_there(workspace: Workspace, machine: Running) -> None:
    send(workspace, 1)
    machine.stop()
    backup = workspace.path / "copy.db"
    assert workspace.run("statemachine-db", "backup", str(backup)).returncode == 0
    follower = workspace.start("statemachine-events", "--format", "compact")
    listening(workspace, 1)
    for name in ("statemachine.db-wal", "statemachine.db-shm"):
        (workspace.path / name).unlink(missing_ok=True)
    backup.rename(workspace.database)
    workspace.start("statemachine", "m.yaml")
    send(workspace, 2)
    printed = until(follower, lambda text: "took 2" in text)
    with sqlite3.connect(workspace.database) as database:
        (rows,) = database.execute("SELECT count(*) FROM realtime_events WHERE payload LIKE '%took 2%'").fetchone()
    assert (rows, printed.count("took 2"), printed.count("took 1")) == (1, 1, 0)


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (["--after", "x"], 2, "'x' is no id of a row"),
        (["--after", "9" * 20], 2, "is no id of a row"),
        (["--duration", "-1"], 2, "'-1' is no duration"),
        (["--token-file", "t"], 2, "name it with --host"),
        (["--host", "localhost", "--token-file", "gone"], 2, "--token-file gone: No such file"),
        (["--host", "localhost", "--token-file", "/dev/null"], 2, "--token-file /dev/null holds no token"),
        (["--host", "localhost", "--token-file", sys.executable], 2, "holds no token"),
        (["--host", "127.0.0.1", "--port", "1"], 1, "127.0.0.1:1 can't be followed: Connection refused"),
    ],
)
def test_bad_input_gets_one_line(workspace: Workspace, arguments: list[str], status: int, complaint: str) -> None:
    done = workspace.run("statemachine-events", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


def test_who_has_no_token_or_a_wrong_one_is_told_what_to_give(workspace: Workspace) -> None:
    pytest.importorskip("websockets")
    workspace.write("token", "a" * 24)
    workspace.write("wrong", "b" * 24)
    monitor = workspace.start("statemachine-ui", "--port", "0", "--no-websocket", "--token-file", "token")
    url = re.search(r"http://[^:]+:(\d+)", until(monitor, lambda text: "http://" in text) + monitor.stderr())
    assert url is not None
    follow = ("statemachine-events", "--host", "127.0.0.1", "--port", url.group(1), "--duration", "5")
    without = workspace.run(*follow)
    assert (without.returncode, without.stderr.count("\n")) == (1, 1)
    assert re.search(r"it refuses us \(HTTP 40[13]\); give its token with --token-file", without.stderr)
    wrong = workspace.run(*follow, "--token-file", "wrong")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (1, 1)
    assert re.search(r"it refuses this token \(HTTP 40[13]\)", wrong.stderr)


def test_a_monitor_is_followed_through_its_restart_and_nothing_is_missed(
    workspace: Workspace, machine: Running
) -> None:
    pytest.importorskip("websockets")
    monitor = workspace.start("statemachine-ui", "--port", "0", "--no-websocket")
    url = re.search(r"http://[^:]+:(\d+)", until(monitor, lambda text: "http://" in text) + monitor.stderr())
    assert url is not None
    follower = workspace.start(
        "statemachine-events", "--host", "127.0.0.1", "--port", url.group(1), "--after", "0", "--format", "compact"
    )
    send(workspace, 1)
    until(follower, lambda text: "took 1" in text)
    assert monitor.stop() == 0
    send(workspace, 2)
    workspace.start("statemachine-ui", "--port", url.group(1), "--no-websocket")
    printed = until(follower, lambda text: "took 2" in text)
    ids = [int(line.split()[0]) for line in printed.splitlines()]
    assert ids == list(range(1, len(ids) + 1))
    assert "trying again" in follower.stderr()
    assert machine.process.poll() is None


def test_a_monitor_that_goes_before_its_first_row_came_hides_none(workspace: Workspace, machine: Running) -> None:
    pytest.importorskip("websockets")
    send(workspace, 0)
    monitor = workspace.start("statemachine-ui", "--port", "0", "--no-websocket")
    url = re.search(r"http://[^:]+:(\d+)", until(monitor, lambda text: "http://" in text) + monitor.stderr())
    assert url is not None
    follower = workspace.start("statemachine-events", "--host", "127.0.0.1", "--port", url.group(1))
    followed(url.group())
    assert monitor.stop() == 0
    send(workspace, 1)
    workspace.start("statemachine-ui", "--port", url.group(1), "--no-websocket")
    followed(url.group())
    send(workspace, 2)
    printed = until(follower, lambda text: "took 2" in text)
    assert re.findall(r"took \d", printed) == ["took 1", "took 2"]
    assert machine.process.poll() is None
