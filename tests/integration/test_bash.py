"""The bash action with real shells: what it gives a command, and what it takes from it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from statemachine_internal.actions.bash import BashAction
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import Scope
from statemachine_internal.errors import ActionError


class Log:
    """What an action wrote."""

    def __init__(self) -> None:
        self.stdout: list[str] = []
        self.stderr: list[str] = []
        self.warnings: list[str] = []

    def message(self, text: str, level: str) -> None:
        raise AssertionError(f"{level}: {text}")

    def output(self, stream: str, line: str) -> None:
        (self.stdout if stream == "stdout" else self.stderr).append(line)

    def warning(self, text: str) -> None:
        self.warnings.append(text)


def scope_of(log: Log, names: Mapping[str, Any] | None = None, job_id: str | None = None) -> Scope:
    return Scope(
        machine="worker",
        state="working",
        action_key="worker:7:0",
        now=0,
        context={},
        names=names or {},
        volatile={},
        log=log,
        job_id=job_id,
    )


def run(
    command: object,
    /,
    *,
    log: Log | None = None,
    names: Mapping[str, Any] | None = None,
    job_id: str | None = None,
    **keys: Any,
) -> Outcome:
    action = BashAction({"type": "bash", "command": command, **keys})
    return asyncio.run(action.run(scope_of(log or Log(), names, job_id)))


def failure(command: object, /, **keys: Any) -> ActionError:
    with pytest.raises(ActionError) as caught:
        run(command, **keys)
    assert "\n" not in str(caught.value)
    return caught.value


def printed(command: str, /, **keys: Any) -> str:
    return str(run(command, **keys).changes["last_output"])


@pytest.mark.req("C2")
def test_both_streams_go_to_the_log_and_the_last_lines_into_the_context() -> None:
    log = Log()
    outcome = run("echo one; echo two; echo oops >&2", log=log)
    assert (log.stdout, log.stderr) == (["one", "two"], ["oops"])
    assert outcome.event == "job_done"
    assert outcome.changes["last_output"] == "one\ntwo"
    assert outcome.changes["last_stderr"] == "oops"
    assert outcome.changes["last_exit_code"] == 0
    assert 0 < outcome.changes["last_duration"] < 30


@pytest.mark.req("C2")
@pytest.mark.parametrize(("success", "event"), [("done", "done"), ("", None), (None, None)])
def test_success_says_which_event_is_emitted(success: str | None, event: str | None) -> None:
    assert run("true", success=success).event == event


@pytest.mark.req("C2")
@pytest.mark.parametrize("mappings", [{3: "too_late"}, {"3": "too_late"}])
def test_a_mapped_exit_code_is_an_answer(mappings: dict[object, str]) -> None:
    outcome = run("echo why >&2; exit 3", error_mappings=mappings)
    assert outcome.event == "too_late"
    assert outcome.changes["last_exit_code"] == 3
    assert outcome.changes["last_stderr"] == "why"


@pytest.mark.req("C11")
def test_any_other_exit_code_is_a_failure_with_its_details() -> None:
    error = failure("echo out; echo first >&2; echo 'no such table' >&2; exit 3", error_mappings={4: "other"})
    assert str(error) == "command exited with 3: no such table"
    assert error.details["last_error_exit_code"] == 3
    assert str(error.details["last_error_command"]).startswith("echo out; ")
    assert error.details["last_output"] == "out"
    assert error.details["last_stderr"] == "first\nno such table"


@pytest.mark.req("C11")
def test_the_command_of_a_failure_is_shown_as_written_and_not_without_end() -> None:
    error = failure("exit {code} # " + "x" * 2000, names={"code": 3})
    assert error.details["last_error_command"] == "exit {code} # " + "x" * 986


@pytest.mark.req("C11")
def test_death_by_signal_is_named() -> None:
    error = failure("kill -KILL $$")
    assert str(error) == "command was killed by SIGKILL"
    assert error.details["last_error_exit_code"] == 137
    assert run("kill -KILL $$", error_mappings={137: "killed"}).event == "killed"


@pytest.mark.req("C11")
@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"cwd": "/no/such/folder"}, "cwd '/no/such/folder': No such file or directory"),
        ({"cwd": "/etc/passwd"}, "cwd '/etc/passwd': Not a directory"),
        ({"env": {"BIG": "x" * 200_000}}, "too long for Linux"),
        ({"env": {"A": "\0"}}, "command not started: embedded null byte"),
        ({"env": {"A=B": "x"}}, "command not started: illegal environment variable name"),
        ({"names": {"x": "\0"}}, "NUL"),
    ],
)
def test_what_cannot_be_started_says_why(keys: dict[str, Any], said: str) -> None:
    error = failure("echo {x}", **keys)
    assert said in str(error)
    assert error.details["last_error_command"] == "echo {x}"


@pytest.mark.req("C2")
@pytest.mark.parametrize("timeout", ["soon", 0, -1, float("nan"), [1]])
def test_a_timeout_that_is_none_is_refused(timeout: object) -> None:
    assert "seconds above 0" in str(failure("true", timeout=timeout))


@pytest.mark.req("C2")
@pytest.mark.parametrize("timeout", [None, "5", 0.5, float("inf")])
def test_a_timeout_is_seconds(timeout: object) -> None:
    assert run("true", timeout=timeout).event == "job_done"


@pytest.mark.req("C2")
@pytest.mark.parametrize("command", [None, "", "  ", 5, ["ls"]])
def test_a_missing_command_is_refused(command: object) -> None:
    assert "'command'" in str(failure(command))


@pytest.mark.req("C2")
@pytest.mark.parametrize("key", ["env", "error_mappings"])
def test_a_list_in_place_of_a_map_is_refused(key: str) -> None:
    assert f"{key} of a bash action is a list; write a map" in str(failure("true", **{key: ["A=1"]}))


@pytest.mark.req("C2")
def test_keys_may_stand_under_params() -> None:
    action = BashAction({"type": "bash", "params": {"command": "exit 5", "error_mappings": {5: "five"}}})
    assert asyncio.run(action.run(scope_of(Log()))).event == "five"


@pytest.mark.req("C2")
def test_a_command_may_begin_with_a_dash_and_use_bash() -> None:
    assert printed("a=(1 2); [[ ${a[1]} == 2 ]] && echo yes") == "yes"
    assert "-x: command not found" in str(failure("-x"))


@pytest.mark.req("C2")
def test_env_and_cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONE", "here")
    env = {"TEXT": "a b", "NUMBER": 5, "FLAG": True, "LIST": ["ä"], "GONE": None}
    said = printed('echo "$TEXT|$NUMBER|$FLAG|$LIST|${GONE-unset}|$PWD"', env=env, cwd=str(tmp_path))
    assert said == f'a b|5|true|["ä"]|unset|{tmp_path}'


@pytest.mark.req("P6")
def test_a_command_knows_whose_it_is() -> None:
    names = [f"STATEMACHINE_{name}" for name in ("MACHINE", "STATE", "JOB_ID", "ACTION_KEY")]
    command = "printenv " + " ".join(names)
    assert printed(command, job_id="job_1").split("\n") == ["worker", "working", "job_1", "worker:7:0"]


@pytest.mark.req("C2")
def test_what_systemd_and_an_outer_machine_said_is_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET", "WATCHDOG_USEC", "STATEMACHINE_JOB_ID"]
    for name in names:
        monkeypatch.setenv(name, "x")
    assert printed(f"printenv {' '.join(names)}; true") == ""


@pytest.mark.req("C2")
@pytest.mark.parametrize("command", ["echo {x}", "echo '{x}'", 'echo "{x}"'])
def test_job_data_stays_data(command: str, tmp_path: Path) -> None:
    data = f"$(touch {tmp_path}/x) `touch {tmp_path}/y`; '\" $HOME"
    assert printed(command, names={"x": data}) == data
    assert list(tmp_path.iterdir()) == []


@pytest.mark.req("C2")
def test_standard_input_is_empty() -> None:
    assert printed("cat; readlink /proc/self/fd/0") == "/dev/null"


@pytest.mark.req("C2")
def test_a_command_gets_no_descriptor_of_ours() -> None:
    assert printed("ls /proc/self/fd").split() == ["0", "1", "2", "3"]  # 3 is ls' own


@pytest.mark.req("C2")
@pytest.mark.parametrize(
    ("command", "size"),
    [("head -c 10000000 /dev/zero | tr '\\0' x", 10_000_000), ("yes 123456789 | head -n 100000", 900_000)],
)
def test_megabytes_of_output_come_whole(command: str, size: int) -> None:
    log = Log()
    run(command, log=log)
    assert sum(map(len, log.stdout)) == size


@pytest.mark.req("C2")
def test_binary_output_is_text_afterwards() -> None:
    log = Log()
    said = printed(r"printf '\377\000\376\nend\n'", log=log)
    assert log.stdout == ["\ufffd\0\ufffd", "end"]
    assert said == "\ufffd\0\ufffd\nend"


@pytest.mark.req("C2")
def test_a_flood_leaves_the_loop_to_others_and_ends_at_the_timeout() -> None:
    class Slow(Log):
        """As dear a line as journald's."""

        def output(self, stream: str, line: str) -> None:
            for _ in range(10):
                super().output(stream, line)
            self.stdout.clear()

    async def main() -> float:
        loop = asyncio.get_running_loop()
        action = BashAction({"command": "yes", "timeout": 0.3})
        task = asyncio.ensure_future(action.run(scope_of(Slow())))
        longest = 0.0
        while not task.done():
            before = loop.time()
            await asyncio.sleep(0)
            longest = max(longest, loop.time() - before)
        with pytest.raises(ActionError, match=r"^command timed out after 0\.3 s$"):
            await task
        return longest

    assert asyncio.run(main()) < 0.25


@pytest.mark.req("C2")
def test_fifty_runs_leave_no_descriptor_and_no_child_behind() -> None:
    async def main() -> None:
        action = BashAction({"command": "(setsid sleep 60 &) ; true"})
        await action.run(scope_of(Log()))
        before = set(os.listdir("/proc/self/fd"))
        plain = BashAction({"command": "echo x; echo y >&2"})
        for _ in range(50):
            await plain.run(scope_of(Log()))
        await action.run(scope_of(Log()))
        for _ in range(5):
            with pytest.raises(ActionError):
                await BashAction({"command": "true", "cwd": "/none"}).run(scope_of(Log()))
        assert set(os.listdir("/proc/self/fd")) == before
        with pytest.raises(ChildProcessError):
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG)

    asyncio.run(main())
