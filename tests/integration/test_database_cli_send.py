"""statemachine-db send-event: to machines that run, that don't, and to the ui."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from statemachine_internal.control.envelope import Message, accepted, parse_message, refusal
from statemachine_internal.control.outcomes import Refusal
from statemachine_internal.feed.follow import Follower
from statemachine_internal.feed.wakeup import FeedBell
from statemachine_internal.store.protocol import EventStatus, MachineStatus, NewEvent, Place, Process, Store
from statemachine_internal.store.sqlite import SqliteStore
from support.workspace import Workspace, program_argv

NOW = 1_700_000_000_000_000
SEND = ("send-event", "--target", "worker", "--type", "go")


class Machine:
    """The control socket of a machine, whose answers a test chooses."""

    def __init__(self, path: Path, answer: Callable[[Message], bytes | None]) -> None:
        path.parent.mkdir(exist_ok=True)
        self.received: list[Message] = []
        self._answer = answer
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(str(path))
        self._listener.listen()
        self.answered = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                data = connection.recv(262144)
                if data == b"end":
                    return
                try:
                    message = parse_message(data)
                    self.received.append(message)
                    reply = None if message.is_wake else self._answer(message)
                except Refusal as refused:
                    reply = refusal(refused.code, refused.text)
                if reply is not None:
                    connection.send(reply)
                    self.answered.set()

    def all_received(self) -> list[Message]:
        """Whatever was sent until now; nobody waits for a doorbell, so the machine is stopped for it."""
        self.stop()
        return self.received

    def stop(self) -> None:
        if not self._thread.is_alive():
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as last:
            last.connect(self._listener.getsockname())
            last.send(b"end")
        self._thread.join()
        self._listener.close()


MakeMachine = Callable[..., Machine]


@pytest.fixture
def machine(workspace: Workspace) -> Iterator[MakeMachine]:
    made: list[Machine] = []

    def make(answer: Callable[[Message], bytes | None], path: Path | None = None) -> Machine:
        made.append(Machine(path or workspace.runtime_dir / "control" / "worker.sock", answer))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def store(workspace: Workspace) -> Iterator[Store]:
    store = SqliteStore(str(workspace.database))
    yield store
    store.close()


def settling(
    workspace: Workspace, status: EventStatus, payload: dict[str, object] | None, error: str | None = None
) -> Callable[[Message], bytes]:
    """A machine's way with an event: store it, and what it did; answer; ring the followers of the feed."""

    def answer(message: Message) -> bytes:
        store = SqliteStore(str(workspace.database))
        with store.transaction():
            event_id, _ = store.accept(
                NewEvent(target="worker", type=message.type, uid=message.uid), EventStatus.PENDING, NOW
            )
        with store.transaction():
            store.settle(event_id, status, NOW, error)
            feed_id = 0
            if payload is not None:
                feed_id = store.append("worker", "state_change", json.dumps(payload), NOW, event_id)
        store.close()
        bell = FeedBell(str(workspace.runtime_dir / "events.sock"), str(workspace.runtime_dir / "feed"))
        bell.ring(feed_id)
        bell.close()
        return accepted(event_id)

    return answer


def create(store: Store, control_path: str | None = None) -> None:
    where = Place(state="idle", status=MachineStatus.WAITING, entry=1, via="start", list_start=0, cursor=0, list_end=0)
    with store.transaction():
        store.create(
            "worker",
            where,
            digest="h",
            config_type="worker",
            control_path=control_path,
            process=Process(pid=1, boot_id="b"),
            now=NOW,
        )


def send(workspace: Workspace, *options: str, status: int = 0, errors: str = "") -> str:
    done = workspace.run("statemachine-db", *SEND, *options)
    assert (done.returncode, done.stderr) == (status, errors), done
    return done.stdout


# --- to a machine that runs ------------------------------------------------------------------------------------------


@pytest.mark.req("G1")
def test_a_running_machine_accepts_an_event(workspace: Workspace, machine: MakeMachine) -> None:
    worker = machine(lambda _: accepted(42))
    text = send(workspace, "--payload", '{"a": ["ü", 1]}', "--source", "me", "--job-id", "j1")
    assert text == "event 42 accepted by worker\n"
    (message,) = worker.received
    assert (message.type, message.payload, message.source, message.job_id) == ("go", {"a": ["ü", 1]}, "me", "j1")
    assert message.uid
    assert not workspace.database.exists()


@pytest.mark.req("G1")
def test_the_source_is_cli_and_json_says_all(workspace: Workspace, machine: MakeMachine) -> None:
    worker = machine(lambda _: accepted(42))
    told = json.loads(send(workspace, "--format", "json"))
    assert worker.received[0].source == "cli"
    assert told == {
        "id": 42, "uid": worker.received[0].uid, "target": "worker", "type": "go", "delivery": "accepted",
    }  # fmt: skip


@pytest.mark.req("G1")
def test_what_a_machine_refuses_is_exit_1_and_nothing_is_stored(workspace: Workspace, machine: MakeMachine) -> None:
    machine(lambda _: refusal("bad_request", "no\nsuch thing"))
    assert send(workspace, status=1, errors="statemachine-db: no\\nsuch thing\n") == ""
    assert not workspace.database.exists()


@pytest.mark.req("P1")
@pytest.mark.parametrize("code", ["store_busy", "store_full", "store"])
def test_what_a_machine_can_not_take_now_is_stored(workspace: Workspace, machine: MakeMachine, code: str) -> None:
    worker = machine(lambda _: refusal(code, "not now"))
    done = workspace.run("statemachine-db", *SEND)
    assert done.returncode == 0
    assert done.stdout == "event 1 stored for worker, which said: not now; it was told to look\n"
    assert [message.is_wake for message in worker.all_received()] == [False, True]


@pytest.mark.req("P1")
def test_a_machine_that_goes_away_before_its_reply_gets_the_event_once(
    workspace: Workspace, machine: MakeMachine, store: Store
) -> None:
    def accept_and_vanish(message: Message) -> None:
        other = SqliteStore(str(workspace.database))
        with other.transaction():
            other.accept(NewEvent(target="worker", type="go", uid=message.uid), EventStatus.PENDING, NOW)
        other.close()

    create(store)
    worker = machine(accept_and_vanish)
    text = send(workspace)
    assert text == "event 1 stored for worker, which was told to look: it did not answer before\n"
    assert len(store.pending("worker", NOW, 10)) == 1
    assert worker.all_received()[-1].is_wake


@pytest.mark.req("G1")
def test_a_machine_with_a_socket_of_its_own_place_is_found(
    workspace: Workspace, machine: MakeMachine, store: Store
) -> None:
    path = workspace.path / "x-worker.sock"
    create(store, str(path))
    machine(lambda _: accepted(42), path)
    assert send(workspace) == "event 42 accepted by worker\n"
    assert store.pending("worker", NOW, 10) == []


# --- to a machine that doesn't run -----------------------------------------------------------------------------------


@pytest.mark.req("G1")
def test_an_event_for_a_machine_that_is_not_running_is_stored(workspace: Workspace, store: Store) -> None:
    create(store)
    text = send(workspace, "--payload", '{"a": "ü"}', "--job-id", "j1")
    assert text == "event 1 stored for worker, which is not running\n"
    (event,) = store.pending("worker", 2 * NOW, 10)
    assert (event.type, event.payload, event.source, event.job_id) == ("go", '{"a":"ü"}', "cli", "j1")
    (row,) = json.loads(workspace.run("statemachine-db", "list-events", "--format", "json").stdout)
    assert (row["sender_uid"], row["status"], row["processed"]) == (os.geteuid(), "pending", None)
    assert row["uid"]
    assert row["sender_pid"]


@pytest.mark.req("G1")
def test_a_machine_that_never_ran_gets_its_event_with_a_note(workspace: Workspace) -> None:
    note = "statemachine-db: no machine 'worker' has run here yet; the event waits for it\n"
    assert send(workspace, errors=note) == "event 1 stored for worker, which is not running\n"
    assert send(workspace, errors=note) == "event 2 stored for worker, which is not running\n"


@pytest.mark.req("G1")
def test_a_payload_too_large_for_the_socket_is_stored_and_the_machine_woken(
    workspace: Workspace, machine: MakeMachine, store: Store
) -> None:
    create(store)
    worker = machine(lambda _: accepted(42))
    payload = json.dumps({"a": "x" * 300_000})
    done = subprocess.run(
        [*program_argv("statemachine-db"), *SEND, "--payload", "-"],
        env=workspace.env,
        input=payload,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "event 1 stored for worker, too large for its socket; it was told to look\n"
    assert [message.is_wake for message in worker.all_received()] == [True]
    (event,) = store.pending("worker", 2 * NOW, 10)
    assert json.loads(event.payload) == json.loads(payload)


@pytest.mark.req("G1")
def test_a_payload_beyond_16_mib_is_refused(workspace: Workspace) -> None:
    done = subprocess.run(
        [*program_argv("statemachine-db"), *SEND, "--payload", "-"],
        env=workspace.env,
        input=json.dumps({"a": "x" * 16 * 1024 * 1024}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "16777216" in done.stderr
    assert not workspace.database.exists()


@pytest.mark.req("G1")
def test_a_payload_that_grows_beyond_16_mib_is_refused_alike(workspace: Workspace) -> None:
    done = subprocess.run(
        [*program_argv("statemachine-db"), *SEND, "--payload", "-"],
        env=workspace.env,
        input='{"a": [' + ",".join(["1e5"] * 2_000_000) + "]}",  # which is written as 100000.0
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "16777216" in done.stderr


# --- wrong events ----------------------------------------------------------------------------------------------------


@pytest.mark.req("E1")
@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ('{"a":', "Expecting value at line 1, column 6"),
        ('{"a": 1} x', "Extra data at line 1, column 10, at 'x'"),
        ("[1]", "must be a JSON map"),
        ("7", "must be a JSON map"),
        ('"text"', "is not JSON"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": 1e999}', "too large"),
        ('{"a": "\\ud800"}', "half of a surrogate pair"),
        ('{"a":' * 101 + "1" + "}" * 101, "nested more than 100 levels deep"),
        ("[" * 100_000, "nested more than 100 levels deep"),
    ],
)
def test_a_broken_payload_is_exit_2_and_says_where(workspace: Workspace, payload: str, message: str) -> None:
    done = workspace.run("statemachine-db", *SEND, "--payload", payload)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert message in done.stderr
    assert not workspace.database.exists()


@pytest.mark.req("E1")
def test_a_payload_that_is_the_json_text_of_a_map_is_parsed(workspace: Workspace, machine: MakeMachine) -> None:
    worker = machine(lambda _: accepted(1))
    send(workspace, "--payload", json.dumps('{"a": 1}'))
    assert worker.received[0].payload == {"a": 1}


@pytest.mark.req("E1")
@pytest.mark.parametrize(
    "arguments",
    [
        ["--target", "wor/ker", "--type", "go"],
        ["--target", "", "--type", "go"],
        ["--target", "x" * 65, "--type", "go"],
        ["--target", "worker", "--type", ""],
        ["--target", "worker", "--type", "x" * 129],
        ["--target", "worker", "--type", "a\nb"],
        ["--target", "worker", "--type", "go", "--source", "\x1b[1m"],
        ["--target", "worker", "--type", "go", "--job-id", "x" * 257],
    ],
)
def test_a_wrong_target_type_source_or_job_is_exit_2(workspace: Workspace, arguments: list[str]) -> None:
    done = workspace.run("statemachine-db", "send-event", *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert not workspace.database.exists()


@pytest.mark.req("G1")
def test_an_event_for_all_is_refused_since_nobody_would_get_it(workspace: Workspace) -> None:
    done = workspace.run("statemachine-db", "send-event", "--target", "all", "--type", "go")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "statemachine-db: 'all' stands for every machine only in a machine's send_event action; name one machine\n"
    )
    assert not workspace.database.exists()


# --- to the ui -------------------------------------------------------------------------------------------------------


@pytest.mark.req("G1")
def test_what_is_sent_to_the_ui_is_a_feed_row_at_once(workspace: Workspace) -> None:
    (workspace.runtime_dir / "feed").mkdir()
    message = '{"message":"done","level":"SUCCESS"}'
    with Follower("test", str(workspace.runtime_dir / "feed")) as follower:
        done = workspace.run(
            "statemachine-db", "send-event", "--target", "ui", "--type", "activity_log", "--source", "my_tool",
            "--payload", message,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, "event 1 shown to the ui\n", "")
        assert follower.drain()
    store = SqliteStore(str(workspace.database))
    (row,) = store.feed(0, 10)
    assert (row.machine, row.type, row.payload, row.event_id) == ("my_tool", "activity_log", message, 1)
    assert store.pending("ui", 2 * NOW, 10) == []
    store.close()
    checked = workspace.run("statemachine-db", "check").stdout
    assert checked == "ok: 0 machines, 1 events, 1 feed rows, 0 timers, 0 jobs\n"


@pytest.mark.req("G1")
@pytest.mark.req("G6")
@pytest.mark.parametrize("type", ["state_change", "job_failed"])
def test_nobody_but_a_machine_writes_its_history(workspace: Workspace, type: str) -> None:
    done = workspace.run("statemachine-db", "send-event", "--target", "ui", "--type", type)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"only the engine writes '{type}' into the feed" in done.stderr
    assert not workspace.database.exists()


# --- waiting for what becomes of it ----------------------------------------------------------------------------------


@pytest.mark.req("G1")
@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"from": "idle", "to": "working", "event": "go", "entry": 2}, ": idle -> working"),
        ({"from": "idle", "to": "idle", "event": "go", "entry": 1, "internal": True}, ": stays in idle"),
        (None, ""),
    ],
)
def test_a_processed_event_shows_its_change_of_state(
    workspace: Workspace, store: Store, machine: MakeMachine, payload: dict[str, object] | None, expected: str
) -> None:
    create(store)
    machine(settling(workspace, EventStatus.PROCESSED, payload))
    assert send(workspace, "--wait") == f"event 1 processed{expected}\n"
    assert os.listdir(workspace.runtime_dir / "feed") == []


@pytest.mark.req("G1")
@pytest.mark.parametrize("status", [EventStatus.IGNORED, EventStatus.FAILED])
def test_an_event_that_nothing_took_is_exit_1_and_says_why(
    workspace: Workspace, store: Store, machine: MakeMachine, status: EventStatus
) -> None:
    create(store)
    machine(settling(workspace, status, None, "no transition in idle"))
    errors = f"statemachine-db: event 1 {status.value}: no transition in idle\n"
    assert send(workspace, "--wait=20", status=1, errors=errors) == ""


@pytest.mark.req("G1")
def test_an_event_that_stays_pending_is_exit_1_in_time(workspace: Workspace, store: Store) -> None:
    create(store)
    errors = "statemachine-db: event 1 stored for worker, which is not running; it is still pending after 0.01 s\n"
    assert send(workspace, "--wait=0.01", status=1, errors=errors) == ""


@pytest.mark.req("G1")
def test_json_tells_what_became_of_it(workspace: Workspace, store: Store, machine: MakeMachine) -> None:
    create(store)
    change: dict[str, object] = {"from": "idle", "to": "working", "event": "go", "entry": 2}
    machine(settling(workspace, EventStatus.PROCESSED, change))
    told = json.loads(send(workspace, "--wait", "--format", "json"))
    assert (told["status"], told["from_state"], told["to_state"]) == ("processed", "idle", "working")


@pytest.mark.req("G1")
def test_a_machine_with_another_database_is_named(workspace: Workspace, store: Store, machine: MakeMachine) -> None:
    create(store)
    machine(lambda _: accepted(42))
    done = workspace.run("statemachine-db", *SEND, "--wait")
    assert done.returncode == 1
    assert "worker uses another database" in done.stderr


@pytest.mark.req("P1")
@pytest.mark.req("G7")
def test_a_real_machine_takes_what_was_sent_before_and_after_its_start(workspace: Workspace) -> None:
    definition = workspace.write(
        "worker.yaml",
        "name: worker\n"
        "initial_state: idle\n"
        "transitions:\n"
        "  - {from: idle, to: working, event: go}\n"
        "  - {from: working, to: idle, event: done}\n"
        "  - {from: idle, event: peek}\n",
    )
    stored = workspace.run("statemachine-db", *SEND)
    assert stored.stdout == "event 1 stored for worker, which is not running\n"
    running = workspace.start("statemachine", definition)
    outcomes = []
    for type in ("done", "go", "go", "done", "peek"):
        done = workspace.run("statemachine-db", "send-event", "--target", "worker", "--type", type, "--wait")
        outcomes.append((done.returncode, done.stdout or done.stderr))
    assert outcomes == [
        (0, "event 2 processed: working -> idle\n"),
        (0, "event 3 processed: idle -> working\n"),
        (1, "statemachine-db: event 4 ignored: no transition takes it in state 'working'\n"),
        (0, "event 5 processed: working -> idle\n"),
        (0, "event 6 processed: stays in idle\n"),
    ], running.stderr()
    assert workspace.run("statemachine-db", "check").stdout.startswith("ok: 1 machines, 6 events, ")
    assert running.stop() == 0
    assert workspace.run("statemachine-db", "check").stdout.startswith("ok: 1 machines, 6 events, ")


def test_an_interrupt_ends_it_quietly(workspace: Workspace, store: Store, machine: MakeMachine) -> None:
    create(store)
    with store.transaction():
        store.accept(NewEvent(target="worker", type="go"), EventStatus.PENDING, NOW)
    worker = machine(lambda _: accepted(1))
    waiting = workspace.start("statemachine-db", *SEND, "--wait")
    assert worker.answered.wait(30)
    assert waiting.stop(signal.SIGINT) == 130
    assert (waiting.stdout(), waiting.stderr()) == ("", "")
    assert os.listdir(workspace.runtime_dir / "feed") == []
