"""Custom actions: which file and class a type means, and what is said where that fails."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from statemachine_internal.actions.custom import CustomActions, UnusableAction, class_name
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.registry import Registry
from unit.actions.surroundings import Surroundings, spec_of

DATA = Path(__file__).parents[2] / "data" / "actions"
BASE = "from statemachine_internal.actions.base import BaseAction\n"

Write = Callable[[str, str], Path]


def source(name: str, body: str = "return 'done'", before: str = "") -> str:
    return f"{BASE}{before}\nclass {name}(BaseAction):\n    async def execute(self, context):\n        {body}\n"


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    """Write a file below ``tmp_path``; what an import leaves in this process is taken back at the end."""
    path, modules = list(sys.path), set(sys.modules)

    def write_file(name: str, text: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    yield write_file
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def complaint(folder: Path, type_name: str) -> UnusableAction:
    with pytest.raises(UnusableAction) as caught:
        CustomActions(str(folder)).load(type_name)
    return caught.value


@pytest.mark.req("C9")
@pytest.mark.parametrize(
    ("type_name", "expected"),
    [
        ("my_custom", "MyCustomAction"),
        ("resize", "ResizeAction"),
        ("resize2_png", "Resize2PngAction"),
        ("send-mail", "SendMailAction"),
        ("callHTTP", "CallHTTPAction"),
    ],
)
def test_a_type_is_a_class_in_pascal_case(type_name: str, expected: str) -> None:
    assert class_name(type_name) == expected


@pytest.mark.req("C9")
@pytest.mark.req("C10")
@pytest.mark.req("A4")
def test_an_action_of_a_folder_runs(around: Surroundings) -> None:
    around.context = {"job_id": "job_1"}
    config = {"type": "my_custom", "params": {"my_param": "for {job_id}", "success": "job_done"}}
    action = Registry(str(DATA)).create(spec_of(config), around.scope().names)
    outcome = asyncio.run(action.run(around.scope()))
    assert outcome == Outcome(event="job_done", changes={"did": ["for job_1", "job_1", "worker"]})


@pytest.mark.req("C9")
@pytest.mark.req("C10")
def test_an_action_in_a_folder_below_runs(around: Surroundings) -> None:
    around.context = {"event_data": {"payload": {"user_id": 7, "input_file": "a.png"}}}
    action = Registry(str(DATA)).create(spec_of({"type": "custom_extract"}), {})
    outcome = asyncio.run(action.run(around.scope()))
    assert outcome == Outcome(event="extracted", changes={"user_id": 7, "file_path": "a.png"})


@pytest.mark.req("C9")
def test_files_are_found_below_the_folder_but_not_in_hidden_ones(tmp_path: Path, write: Write) -> None:
    for name in ("b_action.py", "deep/er/a_action.py", ".venv/hidden_action.py", "__pycache__/cached_action.py"):
        write(name, "")
    for name in ("_action.py", "helper.py", "c_action.txt"):
        write(name, "")
    (tmp_path / "deep" / "round").symlink_to(tmp_path)
    assert CustomActions(str(tmp_path)).types == ["a", "b"]


@pytest.mark.req("C9")
def test_two_files_of_one_type_are_refused(tmp_path: Path, write: Write) -> None:
    files = [write("a_action.py", source("AAction")), write("sub/a_action.py", source("AAction"))]
    error = complaint(tmp_path, "a")
    assert error.code == "action-twice"
    assert all(str(file) in str(error) for file in files)


@pytest.mark.req("C9")
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import no_such_library\n", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("def f():\n    raise OSError('no\\nroom')\nf()\n", "OSError: no room"),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
        ("def broken(:\n", "SyntaxError: invalid syntax"),
    ],
)
def test_an_import_error_has_one_line_and_its_traceback(tmp_path: Path, write: Write, text: str, name: str) -> None:
    file = write("a_action.py", text)
    error = complaint(tmp_path, "a")
    assert error.code == "action-import"
    assert str(error).startswith(f"{file} can't be imported: {name}")
    assert "\n" not in str(error)
    assert error.__cause__ is not None
    assert f'File "{file}", line ' in error.traceback_text
    assert "importlib" not in error.traceback_text
    assert not any(name.startswith("_statemachine_actions_") and name.endswith("_a") for name in sys.modules)


@pytest.mark.req("C9")
@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (source("Another"), "has no class AAction (it has Another)", "class AAction(BaseAction)"),
        (BASE, "has no class AAction (it has no class at all)", "class AAction(BaseAction)"),
        ("class AAction: ...\n", "is no BaseAction", "from statemachine_engine.actions import BaseAction"),
        ("AAction = 1\n", "is no BaseAction", "class AAction(BaseAction)"),
        (f"{BASE}class AAction(BaseAction): ...\n", "doesn't define execute", "async def execute(self, context)"),
    ],
)
def test_a_class_that_cant_serve_is_named(tmp_path: Path, write: Write, text: str, message: str, hint: str) -> None:
    write("a_action.py", text)
    error = complaint(tmp_path, "a")
    assert error.code == "action-class"
    assert message in str(error)
    assert hint in error.hint


@pytest.mark.req("C9")
def test_modules_beside_an_action_can_be_imported_at_any_time(
    tmp_path: Path, write: Write, around: Surroundings
) -> None:
    write("geometry.py", "SIDES = 4\n")
    write("shapes/colour.py", "NAME = 'blue'\n")
    body = "import colour; context['drawn'] = [SIDES, colour.NAME]"
    write("shapes/draw_action.py", source("DrawAction", body, before="from geometry import SIDES\n"))
    action = CustomActions(str(tmp_path)).load("draw")({})
    assert asyncio.run(action.run(around.scope())).changes == {"drawn": [4, "blue"]}


@pytest.mark.req("C9")
def test_a_file_beside_an_action_hides_nothing_from_the_engine(tmp_path: Path, write: Write) -> None:
    write("colorsys.py", "raise SystemExit('hidden')\n")
    write("a_action.py", source("AAction", before="import colorsys\nTURN = colorsys.rgb_to_hls\n"))
    CustomActions(str(tmp_path)).load("a")


@pytest.mark.req("C9")
def test_dataclasses_work_in_a_file_of_actions(tmp_path: Path, write: Write) -> None:
    before = (
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "@dataclass(slots=True)\nclass Size:\n    width: int = 3\n"
    )
    write("a_action.py", before + source("AAction", "return str(Size().width)"))
    assert CustomActions(str(tmp_path)).load("a").__name__ == "AAction"


@pytest.mark.req("B5")
@pytest.mark.req("C9")
def test_a_reload_sees_what_was_edited_a_moment_ago(tmp_path: Path, write: Write, around: Surroundings) -> None:
    def ask() -> str | None:
        action = Registry(str(tmp_path)).create(spec_of({"type": "a"}), {})
        return asyncio.run(action.run(around.scope())).event

    file = write("a_action.py", source("AAction", "return 'one' + WORD", before="from wording import WORD\n"))
    word = write("wording.py", "WORD = ' apple'\n")
    same = os.stat(file)
    assert ask() == "one apple"
    write("a_action.py", source("AAction", "return 'two' + WORD", before="from wording import WORD\n"))
    write("wording.py", "WORD = ' oranges'\n")
    os.utime(file, ns=(same.st_atime_ns, same.st_mtime_ns))  # the same size at the same time: a .pyc would hide it
    assert ask() == "two oranges"
    assert word.exists()


@pytest.mark.req("C9")
def test_nothing_is_written_beside_a_file_of_actions(tmp_path: Path, write: Write) -> None:
    write("a_action.py", source("AAction"))
    CustomActions(str(tmp_path)).load("a")
    assert [path.name for path in tmp_path.iterdir()] == ["a_action.py"]
