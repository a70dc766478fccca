"""Which class a type means, and what its object is given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from statemachine_internal.actions.base import BaseAction
from statemachine_internal.actions.log import LogAction
from statemachine_internal.actions.registry import BUILT_INS, ActionsUnusable, Registry
from statemachine_internal.definition.model import MachineDefinition, Position, State, Transition
from statemachine_internal.errors import EX_CONFIG, ConfigurationError
from unit.actions.surroundings import spec_of

DATA = Path(__file__).parents[2] / "data" / "actions"
BASE = "from statemachine_internal.actions.base import BaseAction\n"
HERE = Position(file="m.yaml", line=1, column=1)


def definition_with(*types: str) -> MachineDefinition:
    """The first type in a transition, the others as entry actions, each on a line of its own."""
    specs = [spec_of({"type": name}, line=number + 10) for number, name in enumerate(types)]
    state = State(name="s", position=HERE, actions=tuple(specs[1:]))
    move = Transition(key="k", sources=("s",), target="s", event="e", position=HERE, actions=tuple(specs[:1]))
    return MachineDefinition(
        name="m", file="m.yaml", digest="", initial_state="s", states={"s": state}, transitions=(move,)
    )


def file_of(folder: Path, type_name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{type_name}_action.py").write_text(text, encoding="utf-8")


def complaints(registry: Registry, *types: str) -> ActionsUnusable:
    with pytest.raises(ActionsUnusable) as caught:
        registry.check(definition_with(*types))
    return caught.value


@pytest.mark.req("C9")
def test_a_definition_may_use_built_in_and_custom_actions() -> None:
    Registry(str(DATA)).check(definition_with("my_custom", "log", "send_event", "custom_extract"))


@pytest.mark.req("C9")
def test_a_custom_action_overrides_the_built_in_of_its_name(tmp_path: Path) -> None:
    file_of(tmp_path, "log", f"{BASE}class LogAction(BaseAction):\n    async def execute(self, context): ...\n")
    registry = Registry(str(tmp_path))
    assert not isinstance(registry.create(spec_of({"type": "log"}), {}), LogAction)
    assert not registry.is_instant(spec_of({"type": "log"}))
    assert isinstance(registry.create(spec_of({"type": "activity_log", "message": "x"}), {}), LogAction)


@pytest.mark.req("C9")
@pytest.mark.parametrize("how", ["absolute", "relative", "home", "default"])
def test_the_folder_may_be_named_in_several_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    file_of(
        tmp_path / "acts", "mine", f"{BASE}class MineAction(BaseAction):\n    async def execute(self, context): ...\n"
    )
    named = {"absolute": str(tmp_path / "acts"), "relative": "./acts", "home": "~/acts", "default": None}[how]
    registry = Registry(named, default_dir="acts" if how == "default" else "nowhere")
    monkeypatch.chdir("/")
    registry.check(definition_with("mine"))


@pytest.mark.req("C9")
def test_the_default_folder_is_not_looked_into_where_another_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    error = complaints(Registry(str(tmp_path / "empty"), default_dir=str(DATA)), "my_custom")
    assert str(tmp_path / "empty") in str(error)


@pytest.mark.req("C9")
def test_a_named_folder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"--actions-dir .*nowhere is no folder") as caught:
        Registry(str(tmp_path / "nowhere"))
    assert caught.value.exit_code == EX_CONFIG


@pytest.mark.req("A9")
@pytest.mark.req("C9")
def test_all_complaints_are_reported_together_with_their_places(tmp_path: Path) -> None:
    file_of(tmp_path, "broken", "import no_such_library\n")
    file_of(tmp_path, "empty", "")
    file_of(tmp_path, "fine", f"{BASE}class FineAction(BaseAction):\n    async def execute(self, context): ...\n")
    error = complaints(Registry(str(tmp_path)), "broken", "fine", "empty", "send_evnt", "log", "broken")
    lines = str(error).splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        ["m.yaml:10:5", "error[action-import]"],
        ["m.yaml:12:5", "error[action-class]"],
        ["m.yaml:13:5", "error[unknown-action]"],
    ]
    assert "No module named 'no_such_library'" in lines[0]
    assert "did you mean 'send_event'?" in lines[2]
    assert f"send_evnt_action.py in {tmp_path} or below" in lines[2]
    (traceback_text,) = error.tracebacks
    assert traceback_text.startswith("Traceback (most recent call last):\n")
    assert isinstance(error.__cause__, ModuleNotFoundError)
    assert error.exit_code == EX_CONFIG


@pytest.mark.req("C9")
def test_an_unknown_action_says_where_was_looked(tmp_path: Path) -> None:
    assert "--actions-dir" in str(complaints(Registry(), "mine"))
    missing = str(complaints(Registry(default_dir=str(tmp_path / "actions")), "mine"))
    assert f"{tmp_path}/actions, which isn't there" in missing
    assert "did you mean 'my_custom'?" in str(complaints(Registry(str(DATA)), "my_costum"))


@pytest.mark.req("C9")
def test_multi_step_is_one_of_the_actions_that_are_named() -> None:
    text = str(complaints(Registry(), "mutli_step"))
    assert "did you mean 'multi_step'?" in text
    assert "log, multi_step, pop_from_list" in text


@pytest.mark.req("C9")
def test_files_of_types_that_the_definition_doesnt_use_are_not_imported(tmp_path: Path) -> None:
    file_of(tmp_path, "unused", "raise SystemExit('imported')\n")
    Registry(str(tmp_path)).check(definition_with("log"))


def test_built_in_actions_are_imported_when_they_are_used() -> None:
    code = (
        "import sys; from statemachine_internal.actions.registry import Registry; Registry(); "
        "print([m for m in sys.modules if m.startswith('statemachine_internal.actions.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "log" not in done.stdout
    assert "custom" in done.stdout


@pytest.mark.parametrize("type_name", sorted(set(BUILT_INS) - {"bash"}))
def test_the_actions_that_never_await_are_instant(type_name: str) -> None:
    assert Registry().is_instant(spec_of({"type": type_name}))
    assert not Registry(str(DATA)).is_instant(spec_of({"type": "my_custom"}))


@pytest.mark.req("D1")
def test_placeholders_are_filled_everywhere_but_in_raw_keys() -> None:
    class ShellAction(BaseAction):
        raw = frozenset({"command"})

    registry = Registry()
    registry._classes["shell"] = ShellAction
    spec = spec_of(
        {"type": "shell", "cwd": "/{a}", "deep": [{"x": "{b.c}"}], "params": {"command": "ls {a}", "timeout": "{b.c}"}}
    )
    action = registry.create(spec, {"a": "tmp", "b": {"c": 5}})
    assert action.config == {
        "type": "shell",
        "cwd": "/tmp",
        "deep": [{"x": 5}],
        "command": "ls {a}",
        "timeout": 5,
        "params": {"command": "ls {a}", "timeout": 5},
    }


@pytest.mark.req("D1")
def test_a_run_gets_the_values_of_its_own_time() -> None:
    registry, spec = Registry(), spec_of({"type": "log", "message": "{n}"})
    assert [registry.create(spec, {"n": n}).config["message"] for n in (1, 2)] == [1, 2]
    assert spec.config["message"] == "{n}"


def test_where_nothing_differs_one_object_serves_all_runs() -> None:
    registry, spec = Registry(), spec_of({"type": "log", "message": "still"})
    assert registry.create(spec, {}) is registry.create(spec, {"n": 1})
    assert registry.create(spec_of({"type": "log", "message": "other"}), {}).config["message"] == "other"


@pytest.mark.req("C10")
def test_what_a_custom_action_does_to_its_configuration_stays_with_it() -> None:
    registry = Registry(str(DATA))
    context: dict[str, Any] = {"items": ["a"]}
    spec = spec_of({"type": "my_custom", "params": {"list": "{items}", "static": {"n": [1]}}})
    for _ in range(2):
        config = registry.create(spec, context).config
        assert config["params"] == {"list": ["a"], "static": {"n": [1]}}
        config["params"]["list"].append("b")
        config["list"].append("b")
        config["params"].pop("static")["n"].clear()
    assert context == {"items": ["a"]}
