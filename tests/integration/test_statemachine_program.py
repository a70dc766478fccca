"""The program ``statemachine``: its command line, its exit codes, and what it says."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from support.watch import Watch
from support.workspace import Workspace

ENDS = """
initial_state: working
transitions: [{from: working, to: completed, event: done}]
actions:
  working: [{type: log, message: "{machine_name} {greeting|default:-}", success: done}]
"""
RESTS = ENDS.replace(", success: done", "")


def one_line(text: str, *parts: str) -> None:
    """Whether it is one line of the program's, with these parts."""
    lines = text.splitlines()
    assert len(lines) == 1, text
    assert lines[0].startswith("statemachine: ")
    for part in parts:
        assert part in lines[0]


@pytest.mark.req("B1")
def test_a_machine_that_ends_in_a_final_state_exits_0(workspace: Workspace) -> None:
    workspace.write("once.yaml", ENDS)
    done = workspace.run("statemachine", "once.yaml")
    assert done.returncode == 0, done.stderr
    with Watch(workspace) as watch:
        assert watch.said("once") == ["once -"]


@pytest.mark.req("B1")
@pytest.mark.parametrize(
    ("config", "flags", "name"),
    [
        (ENDS, [], "file-stem"),
        ("metadata: {machine_name: from_metadata}\n" + ENDS, [], "from_metadata"),
        ("metadata: {machine_name: from_metadata}\n" + ENDS, ["--machine-name", "from.flag"], "from.flag"),
    ],
)
def test_the_name_is_the_flags_else_the_metadatas_else_the_files_stem(
    workspace: Workspace, config: str, flags: list[str], name: str
) -> None:
    workspace.write("file-stem.yaml", config)
    assert workspace.run("statemachine", "file-stem.yaml", *flags).returncode == 0
    with Watch(workspace) as watch:
        assert watch.query("SELECT machine_name, status FROM machine_state") == [(name, "finished")]


@pytest.mark.req("B1")
def test_initial_context_is_the_context_of_a_fresh_run(workspace: Workspace) -> None:
    workspace.write("m.yaml", ENDS)
    assert workspace.run("statemachine", "m.yaml", "--initial-context", '{"greeting": "hello"}').returncode == 0
    with Watch(workspace) as watch:
        assert watch.said() == ["m hello"]


@pytest.mark.req("B1")
def test_debug_logs_more(workspace: Workspace) -> None:
    workspace.write("m.yaml", ENDS.replace("type: log", 'type: bash, command: "true"').replace("job_done", "done"))
    quiet = workspace.run("statemachine", "m.yaml").stderr
    loud = workspace.run("statemachine", "m.yaml", "--debug").stderr
    assert "DEBUG" not in quiet
    assert "DEBUG" in loud


@pytest.mark.req("B1")
@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ([], ["CONFIG"]),
        (["m.yaml", "--no-such-flag"], ["--no-such-flag"]),
        (["m.yaml", "--initial-context", "{"], ["--initial-context", "not JSON"]),
        (["m.yaml", "--initial-context", "[1]"], ["--initial-context", "map"]),
        (["m.yaml", "--machine-name"], ["--machine-name"]),
        (["m.yaml", "--machine-name", "no/good"], ["'no/good'"]),
        (["m.yaml", "--machine-name", "-x"], ["--machine-name"]),
        (["m.yaml", "--machine-name", ".hidden"], ["'.hidden'"]),
        (["m.yaml", "--machine-name", "x" * 65], ["64"]),
        (["m.yaml", "extra"], ["extra"]),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_2(workspace: Workspace, arguments: list[str], parts: list[str]) -> None:
    workspace.write("m.yaml", ENDS)
    done = workspace.run("statemachine", *arguments)
    assert done.returncode == 2
    one_line(done.stderr, *parts)
    assert not workspace.database.exists()


@pytest.mark.req("B1")
def test_an_initial_context_that_json_does_not_know_is_exit_2(workspace: Workspace) -> None:
    workspace.write("m.yaml", ENDS)
    done = workspace.run("statemachine", "m.yaml", "--initial-context", '{"n": NaN}')
    assert done.returncode == 2
    one_line(done.stderr, "--initial-context")


@pytest.mark.req("B1")
def test_a_file_name_that_makes_no_machine_name_is_refused(workspace: Workspace) -> None:
    workspace.write("two words.yaml", ENDS)
    done = workspace.run("statemachine", "two words.yaml")
    assert done.returncode == 2
    one_line(done.stderr, "'two words'")


@pytest.mark.req("A9")
def test_a_missing_file_is_one_line_and_exit_78(workspace: Workspace) -> None:
    done = workspace.run("statemachine", "missing.yaml")
    assert done.returncode == 78
    one_line(done.stderr, "missing.yaml")


@pytest.mark.req("A9")
def test_all_complaints_about_a_file_are_told_with_their_places_and_exit_78(workspace: Workspace) -> None:
    workspace.write(
        "bad.yaml",
        "initial_state: a\nstates: [a]\ntransitions:\n  - {from: a, to: nowhere, event: e}\n  - {from: a, to: a}\n",
    )
    done = workspace.run("statemachine", "bad.yaml")
    assert done.returncode == 78
    lines = done.stderr.splitlines()
    assert [line.split(" error")[0] for line in lines if " error" in line] == [
        "statemachine: bad.yaml:4:19:",
        "statemachine: bad.yaml:5:5:",
    ]
    assert "'nowhere'" in lines[0]


@pytest.mark.req("A9")
def test_broken_yaml_is_told_with_its_place_and_exit_78(workspace: Workspace) -> None:
    workspace.write("bad.yaml", "initial_state: a\ntransitions: [}\n")
    done = workspace.run("statemachine", "bad.yaml")
    assert done.returncode == 78
    assert "bad.yaml:2:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.req("C9")
def test_an_unknown_action_is_told_at_start_with_its_place_and_exit_78(workspace: Workspace) -> None:
    workspace.write("m.yaml", "initial_state: a\ntransitions: []\nactions: {a: [{type: lgo, message: x}]}\n")
    done = workspace.run("statemachine", "m.yaml")
    assert done.returncode == 78
    assert "m.yaml:3:" in done.stderr
    assert "'lgo'" in done.stderr
    assert "'log'" in done.stderr
    assert not workspace.database.exists()


CUSTOM = "initial_state: a\ntransitions: [{from: a, to: completed, event: done}]\nactions: {a: [{type: greet}]}\n"
GREET = """
from statemachine_internal.actions.base import BaseAction

class GreetAction(BaseAction):
    async def execute(self, context):
        context["greeted"] = self.get_machine_name(context)
        return "done"
"""


@pytest.mark.req("C9")
@pytest.mark.parametrize(("folder", "flags"), [("actions", []), ("elsewhere/deep", ["--actions-dir", "elsewhere"])])
def test_custom_actions_are_found_beside_the_configuration_or_where_the_flag_says(
    workspace: Workspace, folder: str, flags: list[str]
) -> None:
    workspace.write("m.yaml", CUSTOM)
    workspace.write(f"{folder}/greet_action.py", GREET)
    done = workspace.run("statemachine", "m.yaml", *flags)
    assert done.returncode == 0, done.stderr
    with Watch(workspace) as watch:
        assert watch.query("SELECT context ->> 'greeted' FROM machine_state") == [("m",)]


@pytest.mark.req("C9")
def test_an_actions_dir_that_is_not_there_is_one_line_and_exit_78(workspace: Workspace) -> None:
    workspace.write("m.yaml", CUSTOM)
    done = workspace.run("statemachine", "m.yaml", "--actions-dir", "missing")
    assert done.returncode == 78
    one_line(done.stderr, "missing")


@pytest.mark.req("C9")
def test_an_import_error_of_a_custom_action_is_told_at_start_with_its_traceback(workspace: Workspace) -> None:
    workspace.write("m.yaml", CUSTOM)
    workspace.write("actions/greet_action.py", "def helper():\n    raise LookupError('not today')\n\nhelper()\n")
    done = workspace.run("statemachine", "m.yaml")
    assert done.returncode == 78
    assert "LookupError: not today" in done.stderr
    assert "in helper" in done.stderr
    assert "m.yaml:3:" in done.stderr


@pytest.mark.req("B6")
@pytest.mark.parametrize("way", ["reset", "--fresh"])
def test_a_stored_state_that_is_gone_is_exit_78_and_the_command_that_it_names_mends_it(
    workspace: Workspace, way: str
) -> None:
    workspace.write("m.yaml", RESTS)
    with Watch(workspace) as watch:
        running = workspace.start("statemachine", "m.yaml")
        watch.started("m", running)
        assert running.stop(signal.SIGTERM) == 0
        config = workspace.write("m.yaml", ENDS.replace("working", "other"))
        done = workspace.run("statemachine", str(config))
        assert done.returncode == 78
        last = done.stderr.splitlines()[-1]
        assert last.endswith("start over: statemachine-db reset m")
        if way == "reset":
            assert workspace.run("statemachine-db", "reset", "m").returncode == 1  # nobody is there to be asked
            assert workspace.run("statemachine-db", "reset", "m", "--force").returncode == 0
            assert workspace.run("statemachine", str(config)).returncode == 0
        else:
            assert workspace.run("statemachine", str(config), "--fresh").returncode == 0
        assert workspace.run("statemachine-db", "check").returncode == 0


@pytest.mark.req("B7")
def test_a_second_process_is_refused_with_exit_1_and_the_pid_of_the_first(workspace: Workspace) -> None:
    workspace.write("m.yaml", RESTS)
    with Watch(workspace) as watch:
        first = workspace.start("statemachine", "m.yaml")
        watch.started("m", first)
        second = workspace.run("statemachine", "m.yaml")
        assert second.returncode == 1
        one_line(second.stderr, "already running", str(first.pid))
        assert first.stop(signal.SIGINT) == 0


@pytest.mark.req("B1")
def test_help_and_version_exit_0(workspace: Workspace) -> None:
    flags = [
        "--machine-name", "--debug", "--actions-dir", "--initial-context", "--event-socket-path",
        "--control-socket-prefix", "--fresh",
    ]  # fmt: skip
    shown = workspace.run("statemachine", "--help")
    assert shown.returncode == 0
    assert [flag for flag in flags if flag not in shown.stdout] == []
    assert workspace.run("statemachine", "--version").stdout.startswith("statemachine ")


@pytest.mark.req("B1")
def test_a_database_that_cannot_be_opened_is_one_line_and_exit_1(workspace: Workspace) -> None:
    workspace.write("m.yaml", ENDS)
    workspace.database.write_text("this is no database, and long enough to be taken for none of its pages\n" * 20)
    done = workspace.run("statemachine", "m.yaml")
    assert done.returncode == 1
    one_line(done.stderr, str(workspace.database))


@pytest.mark.req("A9")
def test_warnings_of_a_definition_are_logged_and_it_runs(workspace: Workspace) -> None:
    workspace.write("m.yaml", "colour: red\n" + ENDS)
    done = workspace.run("statemachine", "m.yaml")
    assert done.returncode == 0
    (line,) = (line for line in done.stderr.splitlines() if "colour" in line)
    assert "WARNING" in line
    assert str(Path("m.yaml")) in line
