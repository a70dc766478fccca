"""The program ``statemachine-diagrams``: what it writes where, and what it says when it can't."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from statemachine_cmd.diagrams import main
from statemachine_internal.definition import load_definition
from statemachine_internal.diagram import graph_of
from statemachine_internal.diagram.formats import FORMATS

TEXT = """
initial_state: new
states: [new, checked, sent]
state_groups: {INTAKE: [new, checked], OUT: [sent]}
transitions: [{from: new, to: checked, event: check}, {from: checked, to: sent, event: send}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a definition."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parcel.yaml").write_text(TEXT, encoding="utf-8")
    return tmp_path


def written(folder: Path) -> list[str]:
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return sorted(found - {"parcel.yaml"})


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that it says when arguments are wrong."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


NEW = [
    f"docs/fsm-diagrams/parcel/{name}" for name in ("intake.mermaid", "main.mermaid", "metadata.json", "out.mermaid")
]
OLD = ["docs/fsm-diagrams/parcel.md"]


@pytest.mark.req("I2")
def test_it_writes_both_formats_and_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parcel.yaml"]) == 0
    assert written(folder) == sorted(NEW + OLD)
    assert sorted(capsys.readouterr().out.splitlines()) == sorted(NEW + OLD)


@pytest.mark.req("I2")
@pytest.mark.parametrize(("flag", "files"), [("--new-format-only", NEW), ("--old-format-only", OLD)])
def test_it_writes_one_of_the_two_alone(folder: Path, flag: str, files: list[str]) -> None:
    assert main(["parcel.yaml", flag]) == 0
    assert written(folder) == files


@pytest.mark.req("I2")
def test_output_goes_where_it_was_asked_for(folder: Path) -> None:
    assert main(["parcel.yaml", "there/page.md", "--output-dir", "d"]) == 0
    assert written(folder) == sorted(["there/page.md", *(path.replace("docs/fsm-diagrams", "d") for path in NEW)])


@pytest.mark.req("I2")
def test_metadata_lists_the_files_of_the_folder(folder: Path) -> None:
    assert main(["parcel.yaml", "--new-format-only"]) == 0
    found = json.loads((folder / NEW[2]).read_text(encoding="utf-8"))
    assert found["machine"] == "parcel"
    assert found["definition_hash"] == load_definition("parcel.yaml").digest
    assert [(part["name"], part["title"], part["states"], part["file"]) for part in found["parts"]] == [
        ("main", "parcel", ["new", "checked", "sent"], "main.mermaid"),
        ("intake", "INTAKE", ["new", "checked"], "intake.mermaid"),
        ("out", "OUT", ["sent"], "out.mermaid"),
    ]


@pytest.mark.req("I2")
@pytest.mark.parametrize("name", FORMATS)
def test_a_format_goes_to_standard_output_or_to_a_file(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    text = FORMATS[name].render(graph_of(load_definition("parcel.yaml")))
    assert main(["parcel.yaml", "--format", name]) == 0
    assert capsys.readouterr().out == text
    assert main(["parcel.yaml", "--format", name, "drawn"]) == 0
    assert (folder / "drawn").read_text(encoding="utf-8") == text
    assert written(folder) == ["drawn"]


@pytest.mark.req("I2")
def test_a_bad_definition_is_complained_of_as_the_engine_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.yaml").write_text("initial_state: a\ntransitions: [{from: a, to: b}]\n", encoding="utf-8")
    assert main(["bad.yaml"]) == 78
    err = capsys.readouterr().err
    assert err.startswith("statemachine-diagrams: bad.yaml:2:15: error[missing-key]: a transition needs 'event'")
    assert written(folder) == ["bad.yaml"]


@pytest.mark.req("I2")
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["parcel.yaml", "--format", "png"],
        ["parcel.yaml", "--old-format-only", "--new-format-only"],
        ["parcel.yaml", "page.md", "--new-format-only"],
        ["parcel.yaml", "--format", "dot", "--output-dir", "d"],
    ],
)
def test_a_bad_argument_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert refused(capsys, *arguments).startswith("statemachine-diagrams: ")
    assert written(folder) == []


@pytest.mark.req("I2")
def test_a_file_whose_name_no_machine_can_have_needs_a_machine_name(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "parcel.yaml").rename(folder / "my parcel.yaml")
    assert main(["my parcel.yaml"]) == 2
    assert "machine name 'my parcel' can't be used" in capsys.readouterr().err
    assert main(["my parcel.yaml", "--format", "dot"]) == 0


@pytest.mark.req("I2")
def test_a_file_that_cannot_be_written_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "taken").write_text("", encoding="utf-8")
    assert main(["parcel.yaml", "--output-dir", "taken"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("statemachine-diagrams: can't write taken/parcel/main.mermaid: ")


@pytest.mark.req("I2")
def test_a_file_is_replaced_as_a_whole_or_not_at_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "page.md").write_text("before", encoding="utf-8")

    def fail(_source: str, _target: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", fail)
        assert main(["parcel.yaml", "page.md", "--format", "markdown"]) == 1
    assert written(folder) == ["page.md"]
    assert (folder / "page.md").read_text(encoding="utf-8") == "before"
    assert main(["parcel.yaml", "page.md", "--format", "markdown"]) == 0
    assert (folder / "page.md").read_text(encoding="utf-8").startswith("# parcel\n")


@pytest.mark.req("I2")
def test_a_link_and_a_device_stay_what_they_are(folder: Path) -> None:
    (folder / "link").symlink_to("page.md")
    assert main(["parcel.yaml", "link", "--format", "dot"]) == 0
    assert (folder / "link").is_symlink()
    assert (folder / "page.md").read_text(encoding="utf-8").startswith("digraph")
    assert main(["parcel.yaml", "/dev/null", "--format", "dot"]) == 0
    assert not Path("/dev/null").is_file()


@pytest.mark.req("I2")
def test_out_may_be_standard_output_by_its_path(folder: Path) -> None:
    argv = [sys.executable, "-m", "statemachine_cmd.diagrams", "parcel.yaml", "/dev/stdout", "--format", "dot"]
    env = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("digraph")


@pytest.mark.req("I2")
def test_a_reader_that_went_away_and_a_full_disk_are_no_traceback(folder: Path) -> None:
    argv = [sys.executable, "-m", "statemachine_cmd.diagrams", "parcel.yaml", "--format", "svg"]
    path = os.pathsep.join(sys.path)
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as gone, open("/dev/full", "wb") as full:
        for out, said in ((gone, ""), (full, "statemachine-diagrams: standard output: No space left on device\n")):
            done = subprocess.run(
                argv, cwd=folder, env={"PYTHONPATH": path}, stdout=out, stderr=subprocess.PIPE, text=True, check=False
            )
            assert (done.returncode, done.stderr) == (1, said)
