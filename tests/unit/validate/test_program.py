"""The program ``statemachine-validate``: what it prints, and how it exits."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from statemachine_cmd.validate.human import human
from statemachine_cmd.validate.program import main
from statemachine_internal.definition import load
from statemachine_internal.definition.checks.checking import check
from support.workspace import ROOT, program_environment

DATA = ROOT / "tests" / "data" / "validate"
CLEAN = str(ROOT / "examples" / "ping_pong" / "pong.yaml")
CLEAN_TOO = str(ROOT / "examples" / "simple_worker" / "config" / "worker.yaml")
WARNED = str(DATA / "dead_end.yaml")
BROKEN = str(DATA / "unknown_state.yaml")
LIVELOCK = str(DATA / "circle.yaml")


@pytest.mark.req("I1")
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([CLEAN], 0),
        (["--strict", CLEAN], 0),
        ([WARNED], 0),
        (["--strict", WARNED], 2),
        ([BROKEN], 1),
        (["--strict", BROKEN, WARNED], 1),
        (["--quiet", "--strict", WARNED], 2),
        (["--format", "json", "--strict", WARNED], 2),
        ([str(DATA / "no_such.yaml")], 1),
    ],
)
def test_the_exit_status_tells_errors_and_under_strict_warnings(
    arguments: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == status
    assert capsys.readouterr().err == ""


@pytest.mark.req("I1")
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--format", "xml", CLEAN],
        ["--configurations", "0", CLEAN],
        ["--actions-dir", CLEAN, CLEAN],
        ["--fix", CLEAN],
    ],
)
def test_a_wrong_argument_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    captured = capsys.readouterr()
    assert (ended.value.code, captured.out, captured.err.count("\n")) == (2, "", 1)


@pytest.mark.req("I1")
def test_people_get_a_line_for_each_complaint_and_a_count(capsys: pytest.CaptureFixture[str]) -> None:
    main([WARNED, CLEAN_TOO])
    line, _, count = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{WARNED}:4:9: warning[dead-end]: ")
    assert count == "2 files: 1 warning, 1 note"
    main([CLEAN])
    assert capsys.readouterr().out == "1 file: nothing to complain of\n"


@pytest.mark.req("I1")
def test_quiet_prints_what_bears_on_the_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--quiet", WARNED])
    assert capsys.readouterr().out == ""
    main(["--quiet", "--strict", WARNED])
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.req("I1")
def test_a_run_stands_below_its_complaint(capsys: pytest.CaptureFixture[str]) -> None:
    main([LIVELOCK])
    first, *steps, _ = capsys.readouterr().out.splitlines()
    assert "warning[livelock]" in first
    assert steps[1] == f"     2. circle takes 'order', from outside: 'waiting' to 'looking'  ({LIVELOCK}:3)"


@pytest.mark.req("I1")
def test_colour_marks_the_severity_alone() -> None:
    found = check([WARNED])
    colored, plain = human(found, color=True, quiet=False), human(found, color=False, quiet=False)
    assert "\x1b[33mwarning[dead-end]\x1b[0m" in colored
    assert "\x1b" not in plain
    assert colored.replace("\x1b[33m", "").replace("\x1b[0m", "") == plain


@pytest.mark.req("I1")
def test_json_has_every_part_of_a_complaint(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--format", "json", LIVELOCK, CLEAN_TOO])
    said = json.loads(capsys.readouterr().out)
    assert (said["errors"], said["warnings"], said["notes"]) == (0, 1, 1)
    assert [file["file"] for file in said["files"]] == [LIVELOCK, CLEAN_TOO]
    found = said["files"][0]["diagnostics"][-1]
    assert (found["code"], found["file"], found["line"], found["column"]) == ("livelock", LIVELOCK, 6, 12)
    assert (found["severity"], found["text"]) == ("warning", "seen")
    assert found["message"]
    assert found["hint"]
    assert all(step["text"] and step["line"] for step in found["run"])


@pytest.mark.req("I1")
def test_sarif_has_rules_results_and_code_flows(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--format", "sarif", LIVELOCK, BROKEN])
    log = json.loads(capsys.readouterr().out)
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"].startswith("file:///")
        assert place["region"]["startLine"] > 0
    assert {result["level"] for result in run["results"]} == {"warning", "error"}
    (flow,) = next(r for r in run["results"] if r["ruleId"] == "livelock")["codeFlows"][0]["threadFlows"]
    assert len(flow["locations"]) >= 3


@pytest.mark.req("I1")
@pytest.mark.parametrize("path", sorted((ROOT / "tests/data/definitions/broken").glob("*.yaml")), ids=lambda p: p.stem)
def test_the_loader_s_complaints_come_first_and_as_the_engine_has_them(path: Path) -> None:
    (checked,) = check([str(path)])
    loaded = load(str(path))
    assert checked.diagnostics[: len(loaded.diagnostics)] == loaded.diagnostics
    assert loaded.definition is not None or checked.diagnostics == loaded.diagnostics


@pytest.mark.req("I1")
def test_a_file_that_is_given_twice_is_checked_once(capsys: pytest.CaptureFixture[str]) -> None:
    main([WARNED, WARNED])
    assert capsys.readouterr().out.splitlines()[-1] == "1 file: 1 warning"


@pytest.mark.req("I1")
def test_a_custom_action_is_known_by_its_folder(tmp_path: Path) -> None:
    folder = ROOT / "examples" / "custom_actions"
    worker = str(folder / "config" / "worker.yaml")
    (checked,) = check([worker], actions_dir=str(folder / "actions"))
    assert checked.diagnostics == ()
    (checked,) = check([worker], actions_dir=str(tmp_path))
    assert [d.code for d in checked.diagnostics] == ["unknown-action", "unknown-action"]


@pytest.mark.req("C9")
def test_the_folder_of_actions_may_begin_with_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "acts").mkdir()
    (tmp_path / "acts" / "greet_action.py").touch()
    definition = tmp_path / "m.yaml"
    definition.write_text("initial_state: a\nfinal: [a]\nactions: {a: [{type: greet}]}\n", encoding="utf-8")
    assert main(["--strict", "--actions-dir", "~/acts", str(definition)]) == 0


@pytest.mark.req("I1")
def test_a_state_that_the_loader_has_complained_of_is_not_told_twice(tmp_path: Path) -> None:
    definition = tmp_path / "m.yaml"
    definition.write_text(
        "initial_state: a\ntransitions: [{from: a, to: a, event: timeout(1)}]\n"
        "actions: {wokring: [{type: log, message: x}]}\n",
        encoding="utf-8",
    )
    (checked,) = check([str(definition)])
    assert [d.code for d in checked.diagnostics] == ["unknown-state"]


@pytest.mark.req("I1")
def test_a_definition_of_many_states_is_no_matter_of_minutes(tmp_path: Path) -> None:
    """What grew with the square of the states took 45 seconds for so many, and takes less than one."""
    count = 4000
    chain = "".join(f"  - {{from: s{i}, to: s{i + 1}, event: e{i}}}\n" for i in range(count))
    definition = tmp_path / "m.yaml"
    definition.write_text(f"initial_state: s0\ntransitions:\n{chain}final: [s{count}]\n", encoding="utf-8")
    began = time.process_time()
    (checked,) = check([str(definition)])
    assert checked.diagnostics == ()
    assert time.process_time() - began < 15


@pytest.mark.req("I1")
def test_the_bound_of_the_search_holds() -> None:
    """What a search that was cut off has not seen, it does not deny."""
    path = DATA / "never_taken"
    files = [str(file) for file in sorted(path.glob("*.yaml"))]
    assert [d.code for checked in check(files, most=5) for d in checked.diagnostics] == ["outside-event"]


@pytest.mark.req("I1")
def test_the_program_needs_no_database_no_event_loop_and_no_web(tmp_path: Path) -> None:
    code = (
        "import sys; from statemachine_cmd.validate.program import main; main(sys.argv[1:]);"
        "print([n for n in ('apsw', 'asyncio', 'structlog', 'fastapi', 'pydantic', 'socket') if n in sys.modules])"
    )
    argv = [sys.executable, "-c", code, CLEAN]
    done = subprocess.run(argv, env=program_environment(tmp_path), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.req("I1")
def test_a_reader_that_leaves_early_is_no_traceback(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "statemachine_cmd.validate.program", *(str(p) for p in sorted(DATA.glob("*.yaml")))]
    program = subprocess.Popen(
        argv, env=program_environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    assert program.stderr is not None
    program.stdout.close()
    assert program.stderr.read() == ""
    program.stderr.close()
    assert program.wait() == 1


@pytest.mark.req("I1")
def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "statemachine_cmd.validate.program", CLEAN]
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            argv, env=program_environment(tmp_path), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "statemachine-validate: standard output: No space left on device\n")


@pytest.mark.req("I1")
@pytest.mark.parametrize("format", ["human", "json", "sarif"])
def test_names_of_files_and_states_may_be_anything_and_the_locale_too(tmp_path: Path, format: str) -> None:
    path = tmp_path / "b\udcff\x1b[31m.yaml"
    path.write_text("initial_state: außen\n", encoding="utf-8")
    argv = [sys.executable, "-m", "statemachine_cmd.validate.program", "--format", format, str(path)]
    for locale in ({"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "utf-8"}):
        done = subprocess.run(argv, env={**program_environment(tmp_path), **locale}, capture_output=True, check=True)
        said = done.stdout.decode("utf-8")
        assert "\x1b" not in said
        if format == "human":
            assert r"b\udcff\x1b[31m.yaml" in said
            assert "außen".encode(locale["PYTHONIOENCODING"], "backslashreplace").decode() in said
        else:
            assert "außen" in str(json.loads(said))
