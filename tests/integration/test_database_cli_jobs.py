"""The jobs of statemachine-db, as a shell sees them: adding, listing, and each way to an end."""

from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from statemachine_internal.control.envelope import WAKE
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.protocol import MachineStatus, Place, Process
from statemachine_internal.store.sqlite import SqliteStore
from support.db_shell import checked, refused, said
from support.workspace import Workspace, program_argv

SECOND = 1_000_000
NOW = time.time_ns() // 1000
ON_A_JOB = ["details", "complete-job", "fail-job --reason x", "remove-job", "retry-job", "cancel-job"]
WRITING = [*ON_A_JOB[1:], "add-job --type t"]


@pytest.fixture
def store(workspace: Workspace) -> Iterator[SqliteStore]:
    store = SqliteStore(str(workspace.database))
    yield store
    store.close()


def rows(workspace: Workspace, options: str = "") -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(said(workspace, f"list --format json {options}"))
    return found


def details(workspace: Workspace, id: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(said(workspace, f"details {id} --format json"))
    return found


def machine(store: SqliteStore, name: str, waits_for: object = None, control_path: str | None = None) -> None:
    where = Place(
        state="idle",
        status=MachineStatus.WAITING,
        entry=1,
        via="go",
        list_start=0,
        cursor=0,
        list_end=1,
        waits_for=None if waits_for is None else json.dumps(waits_for),
    )
    process = Process(pid=1, boot_id="b")
    with store.transaction():
        store.create(name, where, digest="h", config_type="c", control_path=control_path, process=process, now=NOW)
        store.save(name, 1, where, NOW)


def claimed(store: SqliteStore, id: str = "j", by: str = "worker", **more: object) -> None:
    """A job that a machine works on."""
    if store.machine(by) is None:
        machine(store, by)
    with store.transaction():
        store.jobs.add(NewJob(id=id, type="t", **more), NOW)  # type: ignore[arg-type]
        assert store.jobs.claim_one(by, id, NOW) is not None


@contextmanager
def bell(path: Path) -> Iterator[socket.socket]:
    """A control socket at which somebody may ring."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        listener.listen()
        listener.setblocking(False)
        yield listener


def rang(listener: socket.socket) -> bool:
    """Whether somebody has rung; it is never waited for."""
    try:
        connection, _ = listener.accept()
    except BlockingIOError:
        return False
    with connection:
        return connection.recv(100) == WAKE


# --- add-job ---------------------------------------------------------------------------------------------------------


@pytest.mark.req("G2")
def test_a_job_is_added_and_said_in_a_line(workspace: Workspace) -> None:
    assert said(workspace, "add-job job_001 --type image_processing") == (
        "job job_001 added, type image_processing, priority 5\n"
    )
    (job,) = rows(workspace)
    assert (job["status"], job["attempts"], job["max_attempts"], job["payload"]) == ("pending", 0, 1, {})
    checked(workspace)


@pytest.mark.req("G2")
def test_all_that_a_job_has_can_be_given(workspace: Workspace) -> None:
    workspace.write("in.jpg", "")
    said(
        workspace,
        """add-job j --type t --machine-type gpu --input-file in.jpg
             --payload '{"command": "ls", "id": 3, "a": {"b": 1}}'
             --priority 2 --max-attempts 3 --run-after 2100-01-01T00:00Z --unique-key k""",
    )
    job = details(workspace, "j")
    assert job == job | {
        "machine_type": "gpu",
        "input_file": str(workspace.path / "in.jpg"),
        "payload": {"command": "ls", "id": 3, "a": {"b": 1}},
        "priority": 2,
        "max_attempts": 3,
        "unique_key": "k",
        "status": "scheduled",
    }
    assert datetime.fromisoformat(str(job["run_after"])) == datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.req("G2")
def test_a_payload_is_read_from_standard_input(workspace: Workspace) -> None:
    text = json.dumps({"text": "ä" * 50_000})
    done = subprocess.run(
        [*program_argv("statemachine-db"), "add-job", "j", "--type", "t", "--payload", "-"],
        env=workspace.env,
        input=text,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stderr == ""
    assert details(workspace, "j")["payload"] == json.loads(text)


@pytest.mark.req("F5")
@pytest.mark.parametrize(
    ("when", "seconds", "status"),
    [("10m", 600, "scheduled"), ("1d", 86400, "scheduled"), ("2001-01-01", None, "pending")],
)
def test_a_time_to_come_is_an_age_or_a_date(workspace: Workspace, when: str, seconds: int | None, status: str) -> None:
    text = said(workspace, f"add-job j --type t --run-after {when}")
    job = details(workspace, "j")
    assert job["status"] == status
    assert (", due at " in text) == (seconds is not None)
    if seconds is not None:
        ahead = datetime.fromisoformat(str(job["run_after"])).timestamp() - time.time()
        assert seconds - 60 < ahead <= seconds


@pytest.mark.req("G2")
def test_a_time_without_an_offset_is_local(workspace: Workspace) -> None:
    done = workspace.run(
        "statemachine-db", "add-job", "j", "--type", "t", "--run-after", "2100-07-01T12:00", env={"TZ": "UTC-5"}
    )
    assert done.returncode == 0
    found = datetime.fromisoformat(str(details(workspace, "j")["run_after"]))
    assert found == datetime(2100, 7, 1, 7, tzinfo=UTC)


@pytest.mark.req("G2")
def test_a_used_id_and_a_key_of_an_open_job_are_refused(workspace: Workspace) -> None:
    said(workspace, "add-job j --type t --unique-key k")
    assert "the job id 'j' is used already" in refused(workspace, "add-job j --type other")
    assert "the open job 'j' has the unique key 'k'" in refused(workspace, "add-job j2 --type t --unique-key k")
    assert [job["type"] for job in rows(workspace)] == ["t"]
    said(workspace, "complete-job j")
    said(workspace, "add-job j2 --type t --unique-key k")
    assert "the job id 'j' is used already" in refused(workspace, "add-job j --type t --unique-key k")


@pytest.mark.req("G2")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "missing: JOB"),
        ("j", "missing: --type T"),
        ("'' --type t", "the id of a job must not be empty"),
        ("'a\nb' --type t", "'job_id' must be a text of at most 256 characters"),
        (f"{'j' * 257} --type t", "'job_id' must be a text of at most 256 characters"),
        (f"j --type {'t' * 129}", "'type' must be a text of 1 to 128 characters"),
        ("j --type ''", "'type' must be a text of 1 to 128 characters"),
        ("j --type t --payload x", "--payload is not JSON"),
        ("j --type t --payload [1]", "--payload must be a JSON map"),
        ("""j --type t --payload '{"a": NaN}'""", "NaN is no JSON number"),
        ("j --type t --input-file nothing", "--input-file is 'nothing', which does not exist"),
        ("j --type t --priority 0", "--priority is '0'; use a whole number of 1 or more"),
        ("j --type t --priority high", "use a whole number of 1 or more"),
        ("j --type t --max-attempts 0", "use a whole number of 1 or more"),
        ("j --type t --run-after soon", "use a time such as"),
        ("j --type t --run-after 20300101", "use a time such as"),
        ("j --type t --run-after 2030-13-01", "use a time such as"),
        ("j --type t --run-after 5", "use a time such as"),
        ("j --type t --machine-type 'a\tb'", "--machine-type must be a text"),
        ("j --type t --unique-key 'a\tb'", "--unique-key must be a text"),
        ("j k --type t", "unexpected argument 'k'"),
        ("j --type t --promt x", "did you mean '--prompt'"),
    ],
)
def test_a_wrong_argument_is_one_line_and_adds_nothing(workspace: Workspace, arguments: str, message: str) -> None:
    assert message in refused(workspace, f"add-job {arguments}", 2)
    assert not workspace.database.exists()


@pytest.mark.req("G2")
@pytest.mark.parametrize(
    ("flag", "value", "instead"),
    [
        ("--input-image", "photo 1.jpg", ["--input-file", "photo 1.jpg"]),
        ("--prompt", 'it\'s 50% "nice"', ["--payload", '{"prompt": "it\'s 50% \\"nice\\""}']),
        ("--pony-prompt", "a", ["--payload", '{"pony_prompt": "a"}']),
        ("--flux-prompt", "ä", ["--payload", '{"flux_prompt": "ä"}']),
        ("--padding-factor", "1.5", ["--payload", '{"padding_factor": 1.5}']),
        ("--mask-padding-factor", "wide", ["--payload", '{"mask_padding_factor": "wide"}']),
    ],
)
def test_a_removed_flag_says_what_to_give_instead(
    workspace: Workspace, flag: str, value: str, instead: list[str]
) -> None:
    text = refused(workspace, shlex.join(["add-job", "j", "--type", "t", flag, value]), 2)
    found = re.search(r"; use (--.*); see: ", text)
    assert found
    assert shlex.split(found[1]) == instead
    assert not workspace.database.exists()


@pytest.mark.req("G2")
def test_all_removed_flags_of_a_line_are_told_at_once_with_the_payload_that_was_given(workspace: Workspace) -> None:
    old = "add-job j --type t --input-image a.png --prompt 'two words' --padding-factor 1.5 --payload '{\"n\": 1}'"
    text = refused(workspace, old, 2)
    assert "--input-image, --prompt, --padding-factor are gone" in text
    found = re.search(r"; use (--.*); see: ", text)
    assert found
    assert shlex.split(found[1]) == [
        "--input-file",
        "a.png",
        "--payload",
        '{"n": 1, "prompt": "two words", "padding_factor": 1.5}',
    ]


@pytest.mark.req("G2")
def test_adding_a_job_wakes_those_who_wait_for_one_like_it(workspace: Workspace, store: SqliteStore) -> None:
    machine(store, "any", {"jobs_for": {}})
    machine(store, "mine", {"jobs_for": {"type": "t", "machine_type": "gpu"}}, str(workspace.path / "own-mine.sock"))
    machine(store, "other", {"jobs_for": {"type": "u"}})
    machine(store, "busy")
    control = workspace.runtime_dir / "control"
    with (
        bell(control / "any.sock") as any_,
        bell(workspace.path / "own-mine.sock") as mine,
        bell(control / "other.sock") as other,
        bell(control / "busy.sock") as busy,
    ):
        said(workspace, "add-job j --type t --machine-type gpu")
        assert [rang(listener) for listener in (any_, mine, other, busy)] == [True, True, False, False]
        said(workspace, "add-job j2 --type t --machine-type cpu")
        assert [rang(listener) for listener in (any_, mine, other, busy)] == [True, False, False, False]
        refused(workspace, "add-job j --type t")
        assert not rang(any_)


# --- list, details ---------------------------------------------------------------------------------------------------


@pytest.mark.req("G3")
def test_jobs_come_newest_first_and_can_be_chosen(workspace: Workspace, store: SqliteStore) -> None:
    for id, type in (("a", "x"), ("b", "y"), ("c", "x")):
        said(workspace, f"add-job {id} --type {type}")
    said(workspace, "complete-job b")
    claimed(store, "d", by="worker")

    def ids(options: str = "") -> list[object]:
        return [job["id"] for job in rows(workspace, options)]

    assert ids() == ["d", "c", "b", "a"]
    assert ids("--status pending") == ["c", "a"]
    assert ids("--status completed") == ["b"]
    assert ids("--type x --limit 1") == ["c"]
    assert ids("--machine worker") == ["d"]
    assert ids("--machine nobody") == []
    header, first, *_ = said(workspace, "list").splitlines()
    assert header.split()[:5] == ["ID", "TYPE", "STATUS", "PRIORITY", "ATTEMPTS"]
    assert first.split()[:6] == ["d", "t", "processing", "5", "1/1", "worker"]


@pytest.mark.req("G3")
def test_a_job_whose_time_has_come_is_shown_as_pending(workspace: Workspace, store: SqliteStore) -> None:
    with store.transaction():
        store.jobs.add(NewJob(id="due", type="t", run_after=NOW - SECOND), NOW - 9 * SECOND)
        store.jobs.add(NewJob(id="later", type="t", run_after=NOW + 3600 * SECOND), NOW)
    assert [job["id"] for job in rows(workspace, "--status pending")] == ["due"]
    assert [job["id"] for job in rows(workspace, "--status scheduled")] == ["later"]
    assert re.search(r"^run after +\S+ \(in [1-5]\dm ", said(workspace, "details later"), re.MULTILINE)


@pytest.mark.req("G3")
def test_details_show_all_in_a_line_each_and_do_no_harm(workspace: Workspace) -> None:
    said(workspace, "add-job j --type t --max-attempts 2")
    said(workspace, "fail-job j --reason '\x1b[31mred\nline'")
    lines = dict(re.split(r"  +", line, maxsplit=1) for line in said(workspace, "details j").splitlines())
    assert (lines["id"], lines["status"], lines["error"]) == ("j", "failed", "\\x1b[31mred\\nline")
    assert " ago)" in lines["finished"]
    assert details(workspace, "j")["error"] == "\x1b[31mred\nline"
    assert "red\\nline" not in said(workspace, "list")  # a table shows the first line of an error
    assert "\\x1b[31mred" in said(workspace, "list")


@pytest.mark.req("G3")
@pytest.mark.parametrize("command", ON_A_JOB)
def test_a_job_that_is_not_there_is_one_line(workspace: Workspace, store: SqliteStore, command: str) -> None:
    name, *options = command.split()
    store.jobs.get("none")
    assert "there is no job 'none'; see: statemachine-db list" in refused(workspace, " ".join([name, "none", *options]))


@pytest.mark.req("G3")
@pytest.mark.parametrize("command", ON_A_JOB)
def test_without_a_database_there_is_no_job_and_none_is_made(workspace: Workspace, command: str) -> None:
    name, *options = command.split()
    assert "no database at" in refused(workspace, " ".join([name, "j", *options]))
    assert not workspace.database.exists()


@pytest.mark.req("G3")
@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("details", "missing: JOB"),
        ("details a b", "unexpected argument 'b'"),
        ("list --status open", "use one of: pending, scheduled, processing, completed, failed, cancelled"),
        ("list --limit x", "use a whole number of 1 or more"),
        ("complete-job", "missing: JOB"),
        ("complete-job j --result {", "--result is '{'; use JSON"),
        ("complete-job j --result 1e999", "use JSON"),
        ("fail-job j", "missing: --reason R"),
        ("retry-job j --force", "there is no option '--force'"),
        ("cancel-job j --reason", "--reason needs a value"),
    ],
)
def test_a_wrong_argument_is_one_line(workspace: Workspace, command: str, message: str) -> None:
    assert message in refused(workspace, command, 2)


@pytest.mark.req("G3")
@pytest.mark.parametrize("command", [*ON_A_JOB, "list", "add-job --type t"])
def test_what_is_no_database_is_one_line(workspace: Workspace, command: str) -> None:
    workspace.write("statemachine.db", "no database at all\n" * 100)
    name, *options = command.split()
    words = [name, *([] if name == "list" else ["j"]), *options]
    assert "is not a sound database" in refused(workspace, " ".join(words))


@pytest.mark.req("G2")
@pytest.mark.req("G3")
def test_the_lines_of_older_scripts_run(workspace: Workspace) -> None:
    workspace.write("document.pdf", "")
    for line in (
        """add-job job_001 --type image_processing --payload '{"input": "image.jpg", "output": "result.png"}'""",
        """add-job job_002 --type video_transcode --machine-type video_worker
           --payload '{"source": "video.mp4", "format": "h264"}'""",
        """add-job job_003 --type document_convert --input-file document.pdf --payload '{"output_format": "docx"}'""",
        """add-job ml_batch_001 --type ml_inference --payload '{
             "model": "resnet50",
             "input": {"image": "photo.jpg"},
             "options": {"batch_size": 32, "gpu": true}
           }'""",
        "list --status pending",
        "list --type image_processing --limit 20",
        "list --status completed",
        "details job_001",
        "machine-state",
    ):
        said(workspace, line)
