"""The rules of the house: what stands where, and what goes into the wheel."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from hypothesis import settings

from support.workspace import ROOT, Workspace

PACKAGES = [
    ROOT / "pkg" / "statemachine_engine",
    ROOT / "internal" / "statemachine_internal",
    ROOT / "cmd" / "statemachine_cmd",
]
SOURCE_FOLDERS = [
    ROOT / name for name in ("pkg", "internal", "cmd", "tests", "examples", "scripts", "deploy", "packaging")
]
SOURCE_SUFFIXES = {"", ".py", ".sql", ".sh", ".js", ".css"}
LONGEST_FILE = 500
VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "models", "misc"}

with (ROOT / "pyproject.toml").open("rb") as file:
    PYPROJECT = tomllib.load(file)


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def source_files() -> list[Path]:
    return [path for folder in SOURCE_FOLDERS for path in files_below(folder) if path.suffix in SOURCE_SUFFIXES]


def python_packages() -> list[Path]:
    """Every folder of the three packages that holds Python files."""
    return sorted({path.parent for package in PACKAGES for path in files_below(package) if path.suffix == ".py"})


def shown(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("folder", ["cmd", "pkg", "internal", "packaging"])
def test_a_folder_that_would_hide_a_module_is_no_package(folder: str) -> None:
    assert not (ROOT / folder / "__init__.py").exists()


def test_the_standard_library_keeps_its_cmd() -> None:
    code = "import cmd, pdb; print(cmd.Cmd.__name__)"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(str(package.parent) for package in PACKAGES)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "Cmd\n"


def test_no_folder_and_no_module_has_a_vague_name() -> None:
    paths = [path for folder in SOURCE_FOLDERS for path in files_below(folder)]
    vague = {path for path in paths if VAGUE_NAMES & {*path.relative_to(ROOT).parts[:-1], path.stem}}
    assert shown(sorted(vague)) == []


def test_no_source_file_passes_500_lines() -> None:
    lengths = {path: path.read_bytes().count(b"\n") for path in source_files()}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > LONGEST_FILE} == {}


def test_every_package_has_a_page_that_explains_it() -> None:
    without = [
        folder
        for folder in python_packages()
        if not (folder / "__init__.py").is_file()
        or not ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    ]
    assert shown(without) == []


@pytest.mark.req("J7")
def test_every_package_says_that_it_is_typed() -> None:
    assert [package.name for package in PACKAGES if not (package / "py.typed").is_file()] == []


@pytest.mark.req("J7")
def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    outside = {
        str(path.relative_to(package.parent))
        for package in PACKAGES
        for path in files_below(package)
        if path.suffix not in {".pyc", ".pyo"}
    }
    assert inside == outside


@pytest.mark.req("J7")
@pytest.mark.parametrize("script", sorted(PYPROJECT["project"]["scripts"]))
def test_a_console_script_leads_to_a_function(script: str) -> None:
    module, _, function = PYPROJECT["project"]["scripts"][script].partition(":")
    assert callable(getattr(importlib.import_module(module), function))


@pytest.mark.req("J7")
def test_the_licence_is_mit() -> None:
    assert PYPROJECT["project"]["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n")


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench"])
def test_make_help_names_the_target(target: str) -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.search(rf"^ +make {target} +\S", done.stdout, re.MULTILINE)


def test_a_workspace_leaves_room_for_a_socket_path(workspace: Workspace) -> None:
    longest_name = "m" * 64
    path = workspace.runtime_dir / "control" / f"{longest_name}.sock"
    assert len(os.fsencode(path)) <= 107


def test_a_program_in_a_workspace_sees_its_database_and_no_supervisor(
    workspace: Workspace,
) -> None:
    assert workspace.env["STATEMACHINE_DATABASE"] == str(workspace.database)
    assert workspace.env["STATEMACHINE_RUNTIME_DIR"] == str(workspace.runtime_dir)
    assert "NOTIFY_SOCKET" not in workspace.env
    assert "LISTEN_FDS" not in workspace.env


def test_property_tests_have_no_deadline() -> None:
    assert settings().deadline is None
