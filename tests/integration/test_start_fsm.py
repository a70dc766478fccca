"""``start_fsm`` with real processes: a machine starts others, waits for them, dies, and finds them again."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.offspring import no_offspring_left, offspring
from support.watch import PATIENCE, Watch
from support.workspace import Running, Workspace, program_argv

PARENT = """\
name: parent
initial_state: starting
transitions:
  - {from: starting, to: done, event: EVENT}
  - {from: starting, to: failed, event: fsm_failed}
  - {from: starting, to: failed, event: error}
actions:
  starting:
    - {type: set_context, values: {order: {id: 7}, text: "a b"}}
    - {type: start_fsm, machine_name: child, MORE}
final: [done, failed]
states: [starting, done, failed]
"""
CHILD = """\
name: child
initial_state: working
transitions:
  - {from: working, to: done, event: job_done}
  - {from: working, to: broken, event: error}
actions:
  working:
    - type: bash
      command: |
        COMMAND
final: [done, broken]
states: [working, done, broken]
"""
# A child that waits until the test lets it go on, and counts how often it was come to.
HELD = 'echo x >>begun; echo $PPID >>pids; read -r line <"gate"; echo "$line"'


@pytest.fixture
def place(workspace: Workspace) -> Iterator[Workspace]:
    with no_offspring_left(workspace):
        yield workspace


def write(place: Workspace, command: str, more: str = "wait: true", event: str = "fsm_finished") -> None:
    place.write("parent.yaml", PARENT.replace("MORE", more).replace("EVENT", event))
    place.write("child.yaml", CHILD.replace("COMMAND", command))


def open_gate(path: Path) -> None:
    """Let the child that reads from the fifo go on."""
    with path.open("w", encoding="utf-8") as gate:
        gate.write("let go\n")


def context(watch: Watch, machine: str) -> dict[str, Any]:
    ((text,),) = watch.query("SELECT context FROM machine_state WHERE machine_name = ?", machine)
    found: dict[str, Any] = json.loads(text)
    return found


def stands(watch: Watch, machine: str) -> tuple[str, str] | None:
    """State and status of a machine."""
    rows = watch.query("SELECT current_state, status FROM machine_state WHERE machine_name = ?", machine)
    return rows[0] if rows else None


def at_work(watch: Watch, place: Workspace, times: int = 1) -> int:
    """Wait until the child's command runs for this many times; returns the pid of the child's process."""
    pids = place.path / "pids"
    deadline = time.monotonic() + PATIENCE
    while not pids.exists() or len(pids.read_text(encoding="ascii").splitlines()) < times:
        assert time.monotonic() < deadline, watch.feed()
        select.select([], [], [], 0.01)  # the command has no bell
    return int(pids.read_text(encoding="ascii").splitlines()[-1])


def is_watched(watcher: int, pid: int) -> None:
    """Wait until a process holds a pidfd of another one (proc(5), fdinfo)."""
    deadline = time.monotonic() + PATIENCE
    while True:
        for info in Path(f"/proc/{watcher}/fdinfo").iterdir():
            with contextlib.suppress(FileNotFoundError):  # it was closed meanwhile
                if f"\nPid:\t{pid}\n" in info.read_text(encoding="ascii"):
                    return
        assert time.monotonic() < deadline
        select.select([], [], [], 0.01)  # a descriptor has no bell


def gone(pid: int) -> None:
    """Wait until a process has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    assert poll.poll(PATIENCE * 1000)
    os.close(descriptor)


def parks(watch: Watch) -> bool:
    """Whether the parent waits."""
    rows = watch.query("SELECT waits_for FROM machine_state WHERE machine_name = 'parent'")
    return bool(rows) and rows[0][0] == '{"machine":"child"}'


@pytest.mark.req("C7")
def test_a_child_gets_its_context_and_its_parent_sees_its_result(place: Workspace) -> None:
    more = 'wait: true, config: child.yaml, context_vars: [text, "order.id as order_id", {who: "{machine_name}"}]'
    write(place, 'echo "{order_id} {text} {who} of {started_by.machine}"; echo "<${STATEMACHINE_RUN%%:*}>" >&2', more)
    with Watch(place) as watch:
        parent = place.start("statemachine", "parent.yaml")
        assert parent.wait() == 0
        assert stands(watch, "parent") == ("done", "finished")
        result = context(watch, "parent")["fsm_result"]
        assert (result["machine"], result["state"], result["status"]) == ("child", "done", "finished")
        assert result["context"]["last_output"] == "7 a b parent of parent"
        assert "started_by" not in result["context"]
        assert context(watch, "parent")["fsm_machine"] == "child"
    assert "machine=child" in parent.stderr()  # its output is in the log of its parent
    assert place.run("statemachine-db", "check").returncode == 0


@pytest.mark.req("C7")
def test_without_wait_the_parent_goes_on_at_once_and_the_child_outlives_it(place: Workspace) -> None:
    os.mkfifo(place.path / "gate")
    write(place, HELD, "config: child.yaml", "fsm_started")
    with Watch(place) as watch:
        assert place.start("statemachine", "parent.yaml").wait() == 0
        pid = at_work(watch, place)
        assert stands(watch, "parent") == ("done", "finished")
        assert stands(watch, "child") == ("working", "running")
        assert os.getsid(pid) == pid
        open_gate(place.path / "gate")
        watch.until(lambda: stands(watch, "child") == ("done", "finished"))
        gone(pid)


@pytest.mark.req("C7")
@pytest.mark.parametrize(
    ("command", "more", "state", "status"),
    [
        ("exit 3", "wait: true, expected_states: [done]", "broken", "finished"),
        ("kill -9 $PPID", "wait: true", "working", "died"),
    ],
)
def test_a_parent_sees_its_child_fail(place: Workspace, command: str, more: str, state: str, status: str) -> None:
    write(place, command, more)
    with Watch(place) as watch:
        assert place.start("statemachine", "parent.yaml").wait() == 0
        assert stands(watch, "parent") == ("failed", "finished")
        result = context(watch, "parent")["fsm_result"]
        assert (result["state"], result["status"]) == (state, status), result
        assert result["error"]
        assert [p["event"] for p in watch.feed("state_change", "parent")] == ["start", "fsm_failed"]


@pytest.mark.req("C7")
def test_a_parent_sees_its_child_stopped(place: Workspace) -> None:
    write(place, "true")
    place.write("child.yaml", "initial_state: waiting\nactions: {waiting: [{type: sleep, duration: 600}]}\n")
    with Watch(place) as watch:
        parent = place.start("statemachine", "parent.yaml")
        watch.until(lambda: stands(watch, "child") == ("waiting", "waiting") and parks(watch), parent)
        os.kill(watch.feed("machine_registered", "child")[0]["pid"], signal.SIGTERM)
        assert parent.wait() == 0
        result = context(watch, "parent")["fsm_result"]
        assert (result["state"], result["status"], result["error"]) == (
            "waiting",
            "stopped",
            "its process ended with status 0",
        )


@pytest.mark.req("C7")
@pytest.mark.parametrize(
    ("text", "complaint"),
    [("name: [", "its process ended with status 78"), (None, "its process ended with status 78")],
)
def test_a_child_that_can_not_be_started_is_a_failure(place: Workspace, text: str | None, complaint: str) -> None:
    write(place, "true", "wait: true")
    if text is None:
        (place.path / "child.yaml").unlink()
    else:
        place.write("child.yaml", text)
    with Watch(place) as watch:
        parent = place.start("statemachine", "parent.yaml")
        assert parent.wait() == 0
        assert context(watch, "parent")["last_error"] == f"machine 'child' did not begin: {complaint}; see its log"
    assert "child.yaml" in parent.stderr()


@pytest.mark.req("C7")
@pytest.mark.req("P6")
@pytest.mark.parametrize("ends_meanwhile", [False, True])
def test_a_parent_that_was_killed_finds_its_child_again(place: Workspace, ends_meanwhile: bool) -> None:
    os.mkfifo(place.path / "gate")
    write(place, HELD)
    with Watch(place) as watch:
        parent = place.start("statemachine", "parent.yaml")
        child = at_work(watch, place)
        watch.until(lambda: parks(watch))
        parent.kill()
        if ends_meanwhile:
            open_gate(place.path / "gate")
            gone(child)
        parent = place.start("statemachine", "parent.yaml")
        if not ends_meanwhile:
            watch.started("parent", parent)
            open_gate(place.path / "gate")
        assert parent.wait() == 0
        assert stands(watch, "parent") == ("done", "finished")
        assert context(watch, "parent")["fsm_result"]["context"]["last_output"] == "let go"
        assert len(watch.feed("machine_registered", "child")) == 1
    assert (place.path / "begun").read_text(encoding="ascii") == "x\n"


@pytest.mark.req("C7")
@pytest.mark.req("P6")
def test_a_child_that_was_killed_with_its_parent_goes_on_where_it_was(place: Workspace) -> None:
    os.mkfifo(place.path / "gate")
    write(place, HELD)
    with Watch(place) as watch:
        parent = place.start("statemachine", "parent.yaml")
        child = at_work(watch, place)
        watch.until(lambda: parks(watch))
        parent.kill()
        os.kill(child, signal.SIGKILL)
        gone(child)
        parent = place.start("statemachine", "parent.yaml")
        again = at_work(watch, place, times=2)
        assert again != child
        assert [p["resumed"] for p in watch.feed("machine_registered", "child")] == [False, True]
        open_gate(place.path / "gate")
        assert parent.wait() == 0
        assert stands(watch, "parent") == ("done", "finished")


@pytest.mark.req("C7")
def test_a_parent_that_came_back_hears_of_its_childs_death(place: Workspace) -> None:
    """Its child is no child process of it any more, and a kill leaves no row."""
    os.mkfifo(place.path / "gate")
    write(place, HELD)
    with Watch(place) as watch:
        parent = place.start("statemachine", "parent.yaml")
        child = at_work(watch, place)
        parent.kill()
        parent = place.start("statemachine", "parent.yaml")
        is_watched(parent.process.pid, child)  # who died before that is started again
        os.kill(child, signal.SIGKILL)
        assert parent.wait() == 0
        assert context(watch, "parent")["fsm_result"]["status"] == "died"


@pytest.mark.req("C7")
@pytest.mark.req("P6")
@pytest.mark.parametrize("point", ["committed:1", "committed:2", "committed:3"])
def test_a_parent_that_is_killed_around_the_start_starts_its_child_once(place: Workspace, point: str) -> None:
    write(place, "echo x >>begun")
    knife = Path(__file__).parents[1] / "crash" / "knife.py"
    with Watch(place) as watch:
        killed = subprocess.run(
            [program_argv("statemachine")[0], str(knife), point, "parent.yaml"],
            cwd=place.path,
            env=place.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL, killed
        parent = place.start("statemachine", "parent.yaml")
        assert parent.wait() == 0
        assert stands(watch, "parent") == ("done", "finished"), parent.stderr()
        assert [p["to"] for p in watch.feed("state_change", "child")] == ["working", "done"]
    assert (place.path / "begun").read_text(encoding="ascii") == "x\n"
    assert place.run("statemachine-db", "check").returncode == 0


LIST = """\
name: parent
initial_state: next
transitions:
  - {from: next, to: starting, event: item_popped}
  - {from: next, to: done, event: list_empty}
  - {from: starting, to: next, event: EVENT}
  - {from: starting, to: failed, event: error}
  - {from: starting, to: failed, event: fsm_already_running}
actions:
  next: [{type: pop_from_list, list: todo, into: item}]
  starting: [{type: start_fsm, machine_name: "NAME", config: child.yaml, context_vars: [item], MORE}]
final: [done, failed]
states: [next, starting, done, failed]
"""


def start_list(place: Workspace, name: str, more: str, event: str, count: int) -> Running:
    text = LIST.replace("NAME", name).replace("MORE", more).replace("EVENT", event)
    place.write("parent.yaml", text)
    place.write("child.yaml", CHILD.replace("COMMAND", "echo {item}"))
    return place.start(
        "statemachine", "parent.yaml", "--initial-context", json.dumps({"todo": [f"i{n}" for n in range(count)]})
    )


@pytest.mark.req("C7")
def test_ten_children_at_once(place: Workspace) -> None:
    with Watch(place) as watch:
        parent = start_list(place, "child_{item}", "wait: false", "fsm_started", 10)
        assert parent.wait() == 0
        assert stands(watch, "parent") == ("done", "finished")
        watch.until(
            lambda: watch.query("SELECT count(*) FROM machine_state WHERE status = 'finished'") == [(11,)], None
        )
        for number in range(10):
            assert context(watch, f"child_i{number}")["last_output"] == f"i{number}"


@pytest.mark.req("C7")
def test_one_name_serves_one_child_after_the_other(place: Workspace) -> None:
    """The next run is wished for while the process of the last one is still on its way out."""
    with Watch(place) as watch:
        parent = start_list(place, "child", "wait: true", "fsm_finished", 5)
        assert parent.wait() == 0
        assert stands(watch, "parent") == ("done", "finished"), parent.stderr()
        changes = [(p["from"], p["to"]) for p in watch.feed("state_change", "child")]
        assert changes == [("", "working"), ("working", "done")] * 5
        assert context(watch, "child")["item"] == "i4"


@pytest.mark.req("C7")
@pytest.mark.parametrize("piped", [False, True])
def test_a_megabyte_of_output_that_nobody_reads_stops_no_child(place: Workspace, piped: bool) -> None:
    line = "yes 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef | head -n 16000"
    write(place, line, "config: child.yaml", "fsm_started")
    with Watch(place) as watch:
        if piped:
            unread, written = os.pipe()
            process = subprocess.Popen(
                [*program_argv("statemachine"), "parent.yaml"],
                cwd=place.path,
                env=place.env,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
            )
            os.close(written)
            watch.until(lambda: stands(watch, "child") == ("done", "finished"))
            os.close(unread)
            process.kill()
            process.wait()
        else:
            assert place.start("statemachine", "parent.yaml").wait() == 0
            watch.until(lambda: stands(watch, "child") == ("done", "finished"))


@pytest.mark.req("C7")
@pytest.mark.req("P12")
def test_a_child_is_no_part_of_the_action_that_started_it_nor_of_the_next_ones(place: Workspace) -> None:
    """Neither what a command's end ends, nor what a restart sweeps up."""
    os.mkfifo(place.path / "gate")
    text = PARENT.replace("MORE", "config: child.yaml, success: ''").replace("EVENT", "all_done")
    later = """\
    - {type: bash, command: "sleep 0.01", success: ""}
    - {type: bash, command: "echo x >>at-work; sleep 60", success: all_done, timeout: 90}
final:"""
    place.write("parent.yaml", text.replace("final:", later))
    place.write("child.yaml", CHILD.replace("COMMAND", HELD))
    with Watch(place) as watch:
        parent = place.start("statemachine", "parent.yaml")
        child = at_work(watch, place)
        deadline = time.monotonic() + PATIENCE
        while not (place.path / "at-work").exists():
            assert time.monotonic() < deadline, parent.stderr()
            select.select([], [], [], 0.01)
        parent.kill()
        parent = place.start("statemachine", "parent.yaml")
        watch.started("parent", parent)
        assert child in offspring(place)
        open_gate(place.path / "gate")
        watch.until(lambda: stands(watch, "child") == ("done", "finished"))
    assert (place.path / "begun").read_text(encoding="ascii") == "x\n"


@pytest.mark.req("C7")
def test_a_machine_that_runs_already_is_left_alone(place: Workspace) -> None:
    os.mkfifo(place.path / "gate")
    write(place, HELD, "wait: true", "fsm_already_running")
    with Watch(place) as watch:
        other = place.start("statemachine", "child.yaml")
        at_work(watch, place)
        assert place.start("statemachine", "parent.yaml").wait() == 0
        assert stands(watch, "parent") == ("done", "finished")
        open_gate(place.path / "gate")
        assert other.wait() == 0
    assert (place.path / "begun").read_text(encoding="ascii") == "x\n"


@pytest.mark.req("C7", "P6")
def test_an_event_that_keeps_the_state_does_not_make_the_parent_lose_its_child(place: Workspace) -> None:
    os.mkfifo(place.path / "gate")
    write(place, HELD)
    note = "transitions:\n  - {from: starting, event: note, actions: [{type: log, message: noted}]}\n"
    place.write("parent.yaml", (place.path / "parent.yaml").read_text().replace("transitions:\n", note))
    with Watch(place) as watch:
        parent = place.start("statemachine", "parent.yaml")
        at_work(watch, place)
        for _ in range(2):
            sent = place.run("statemachine-db", "send-event", "--target", "parent", "--type", "note", "--wait")
            assert sent.returncode == 0, sent
        open_gate(place.path / "gate")
        assert parent.wait() == 0
        assert stands(watch, "parent") == ("done", "finished")
    assert (place.path / "begun").read_text(encoding="ascii") == "x\n"


@pytest.mark.req("B1")
@pytest.mark.req("C7")
def test_a_process_that_was_not_asked_for_begins_nothing(place: Workspace) -> None:
    write(place, "echo x >>begun")
    for _ in range(2):
        assert place.run("statemachine", "child.yaml", "--if-asked").returncode == 0
    assert not (place.path / "begun").exists()
    assert place.run("statemachine", "child.yaml").returncode == 0
    assert place.run("statemachine", "child.yaml", "--if-asked").returncode == 0
    assert (place.path / "begun").read_text(encoding="ascii") == "x\n"
