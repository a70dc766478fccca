"""What a manifest, a folder or definitions ask for, and how it is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from statemachine_internal.definition.diagnostics import DefinitionError
from statemachine_internal.errors import StateMachineError, UsageError
from statemachine_internal.system.manifest import plan

MACHINE = "initial_state: a\n"

pytestmark = pytest.mark.req("J6")


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def test_a_folder_is_run_by_its_definitions(tmp_path: Path) -> None:
    write(tmp_path, b=MACHINE, a=MACHINE + "metadata: {machine_name: first}\n")
    found = plan([str(tmp_path)])
    assert [(each.name, each.config) for each in found.machines] == [
        ("first", str(tmp_path / "a.yaml")),
        ("b", str(tmp_path / "b.yaml")),
    ]
    assert (found.monitor, found.port) == (True, None)


def test_a_folder_may_keep_its_definitions_in_config(tmp_path: Path) -> None:
    write(tmp_path, config__a=MACHINE)
    assert [each.name for each in plan([str(tmp_path)]).machines] == ["a"]


def test_a_manifest_names_counts_and_configures_its_machines(tmp_path: Path) -> None:
    manifest = """
monitor: {port: 8080}
machines:
  - conf/m.yaml
  - {config: conf/w.yaml, name: worker, count: 2, actions_dir: acts, initial_context: {n: 1, on: yes}}
"""
    write(tmp_path, system=manifest, conf__m=MACHINE, conf__w=MACHINE, unused="nonsense: [")
    (tmp_path / "acts").mkdir()
    found = plan([str(tmp_path)])
    assert [each.name for each in found.machines] == ["m", "worker-1", "worker-2"]
    assert {each.context for each in found.machines[1:]} == {'{"n": 1, "on": "yes"}'}
    assert {each.actions_dir for each in found.machines[1:]} == {str(tmp_path / "acts")}
    assert (found.monitor, found.port) == (True, 8080)
    assert plan([str(tmp_path / "system.yaml")]) == found


def test_a_manifest_may_be_called_as_one_likes_and_may_want_no_monitor(tmp_path: Path) -> None:
    write(tmp_path, night="monitor: false\nmachines: [m.yaml]\n", m=MACHINE)
    found = plan([str(tmp_path / "night.yaml")])
    assert ([each.name for each in found.machines], found.monitor) == (["m"], False)


@pytest.mark.parametrize(
    ("manifest", "complaint"),
    [
        ("", "1:1: error[empty]: the file is empty; write machines: [{config: worker.yaml}]"),
        ("machines: m.yaml", "2:11: error[missing-machines]"),
        ("monitor: [1]\nmachines: [m.yaml]", "error[wrong-type]: 'monitor' must be true or false, not a list"),
        ("monitor: {port: 99999}\nmachines: [m.yaml]", "error[out-of-range]: 'port' is 99999"),
        ("machines:\n  - {name: x}", "3:5: error[missing-config]"),
        ("machines:\n  - {config: m.yaml, count: 0}", "error[out-of-range]: 'count' is 0"),
        ("machines: [[m.yaml]]", "error[wrong-type]: a machine must be a map or the path of a definition"),
        ("machines: [gone.yaml]", "gone.yaml:1:1: error[file-missing]"),
        ("machines: [bad.yaml]", "bad.yaml:1:1: error[missing-initial-state]"),
    ],
)
def test_every_complaint_says_where_and_what_instead(tmp_path: Path, manifest: str, complaint: str) -> None:
    write(
        tmp_path,
        system=f"# a system\n{manifest}",
        m=MACHINE,
        bad="{}",
    )
    with pytest.raises(DefinitionError) as refused:
        plan([str(tmp_path)])
    (line,) = [line for line in str(refused.value).splitlines() if "error[" in line]
    assert complaint in line
    assert "; " in line
    assert refused.value.exit_code == 78


def test_all_errors_of_all_definitions_come_together(tmp_path: Path) -> None:
    write(tmp_path, a="{}", b="transitions: 3\n", c=MACHINE)
    with pytest.raises(DefinitionError) as refused:
        plan([str(tmp_path)])
    assert {line.split(":")[0] for line in str(refused.value).splitlines()} == {
        str(tmp_path / "a.yaml"),
        str(tmp_path / "b.yaml"),
    }


def test_a_pipe_in_place_of_a_manifest_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "system.yaml")
    with pytest.raises(DefinitionError, match="the file is empty; write machines"):
        plan([str(tmp_path)])


def test_an_unknown_key_is_a_warning_with_a_hint(tmp_path: Path) -> None:
    write(tmp_path, system="machines: [{config: m.yaml, cuont: 2}]", m=MACHINE)
    (warning,) = plan([str(tmp_path)]).warnings
    assert "did you mean 'count'?" in warning


@pytest.mark.parametrize(
    ("paths", "complaint"),
    [
        (["gone"], "gone isn't there"),
        (["/dev/null"], "/dev/null is neither a file nor a folder"),
        (["empty"], "there is no machine to run"),
        (["m.yaml", "m.yaml"], "would both run as machine 'm'"),
    ],
)
def test_what_can_not_be_run_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: list[str], complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    write(tmp_path, m=MACHINE)
    with pytest.raises(UsageError, match=complaint):
        plan(paths)


def test_an_action_that_can_not_be_imported_is_found_before_anything_starts(tmp_path: Path) -> None:
    write(tmp_path, m=MACHINE + "actions: {a: [{type: odd}]}\n")
    (tmp_path / "actions").mkdir()
    (tmp_path / "actions/odd_action.py").write_text("import nothing_of_this_name\n")
    with pytest.raises(StateMachineError, match="odd_action") as refused:
        plan([str(tmp_path)])
    assert "nothing_of_this_name" in "".join(refused.value.tracebacks)
