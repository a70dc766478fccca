"""The manual pages: all that the programs and units have stands in them, and they are well-formed."""

from __future__ import annotations

import argparse
import filecmp
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from statemachine_cmd.db import COMMANDS
from statemachine_cmd.db.command import parser_of
from support.workspace import ROOT
from unit.docs.generated import GENERATOR, SCRIPTS, UNITS, Generated, examples, generate, part, plain, terms

# A second name of a program leads to the page of its first.
FIRST_NAMES = {target: name for name, target in reversed(SCRIPTS.items())}
SIMPLE_PROGRAMS = sorted(name for name in FIRST_NAMES.values() if name != "statemachine-db")
REFERENCE = re.compile(r"(statemachine[\w@.-]*)\(([1-8])\)")
VARIABLE = re.compile(r'"(STATEMACHINE_[A-Z_]+)"')
COMMAND_LINE = re.compile(r"^(?:[A-Z_]+=\S+ |runuser .*-- )*(statemachine(?:-[a-z]+)? .*)")
NO_SETTINGS = ("actions", "interpolation", "service")  # of commands, and fields of the journal


def argparse_parser(program: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = importlib.import_module(SCRIPTS[program].partition(":")[0]).parser()
    return parser


def deployed() -> list[str]:
    """The files that a package puts onto a host."""
    return sorted(str(path.relative_to(UNITS.parent)) for path in UNITS.parent.rglob("*") if path.is_file())


@pytest.mark.req("J3")
@pytest.mark.parametrize("program", sorted(SCRIPTS))
def test_every_program_has_its_page(docs: Generated, program: str) -> None:
    assert docs.folder / "man" / f"{program}.1" in docs.all_pages


@pytest.mark.req("J3")
@pytest.mark.parametrize("program", SIMPLE_PROGRAMS)
def test_every_flag_of_a_program_stands_in_its_page(docs: Generated, program: str) -> None:
    options = part(docs.page(f"{program}.1"), "SH", "OPTIONS")
    for action in argparse_parser(program)._actions:
        assert set(action.option_strings or [str(action.metavar)]) <= terms(options)


@pytest.mark.req("J3")
@pytest.mark.parametrize("command", COMMANDS)
def test_every_flag_and_the_example_of_a_command_stand_in_the_page(docs: Generated, command: str) -> None:
    section = part(docs.page("statemachine-db.1"), "SS", command)
    parser = parser_of(command)
    wanted = {option.name for option in parser.options} | {operand.metavar for operand in parser.operands}
    assert wanted <= terms(section)
    assert [example.strip() for example in examples(section)] == [parser.example.strip()]


@pytest.mark.req("J3")
@pytest.mark.skipif(not UNITS.is_dir(), reason="there are no units")
def test_every_unit_has_its_page_and_every_page_its_unit(docs: Generated) -> None:
    units = {path.stem for path in docs.all_pages if path.suffix == ".8"}
    assert units == {path.name for path in UNITS.iterdir()}


@pytest.mark.req("J3")
@pytest.mark.parametrize("file", deployed())
def test_what_an_administrator_reads_names_pages_that_are_there(docs: Generated, file: str) -> None:
    pages = {path.name for path in docs.all_pages}
    found = REFERENCE.findall((UNITS.parent / file).read_text(encoding="utf-8"))
    assert {f"{name}.{section}" for name, section in found} - pages == set()


@pytest.mark.req("J3")
def test_every_drop_in_stands_in_a_page(docs: Generated) -> None:
    pages = plain("".join(page.read_text(encoding="utf-8") for page in docs.pages))
    assert [path.name for path in sorted(UNITS.parent.glob("drop-ins/*.conf")) if path.name not in pages] == []


@pytest.mark.req("J3")
def test_a_page_refers_to_pages_that_are_there(docs: Generated) -> None:
    pages = {path.name for path in docs.all_pages}
    for page in docs.pages:
        found = {f"{name}.{section}" for name, section in REFERENCE.findall(plain(page.read_text(encoding="utf-8")))}
        assert found - pages == set(), page.name


@pytest.mark.req("J3")
def test_a_second_name_leads_to_a_page(docs: Generated) -> None:
    seconds = set(docs.all_pages) - set(docs.pages)
    assert seconds
    for path in seconds:
        assert (docs.folder / re.sub(r"^\.so man\d/", "man/", path.read_text(encoding="utf-8")).strip()).is_file()


@pytest.mark.req("J3")
def test_every_setting_of_the_environment_stands_in_a_page(docs: Generated) -> None:
    sources = [path for folder in ("cmd", "internal") for path in (ROOT / folder).rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in sources if path.parent.name not in NO_SETTINGS]
    read = {name for text in texts for name in VARIABLE.findall(text)}
    settings = ROOT / "deploy" / "default" / "statemachine"
    if settings.is_file():
        read |= set(re.findall(r"^#?(STATEMACHINE_[A-Z_]+)=", settings.read_text(encoding="utf-8"), re.MULTILINE))
    explained = terms(docs.page("statemachine.1")) | terms(docs.page("statemachine@.service.8"))
    assert {"STATEMACHINE_DATABASE", "STATEMACHINE_RUNTIME_DIR"} <= read
    assert read - explained == set()


@pytest.mark.req("J5")
def test_the_command_lines_of_the_pages_are_right(docs: Generated) -> None:
    blocks = [block for page in docs.pages for block in examples(page.read_text(encoding="utf-8"))]
    checked = 0
    for line in "\n".join(blocks).splitlines():
        found = COMMAND_LINE.match(line)
        words = shlex.split(found.group(1).partition(" > ")[0]) if found else []
        if words[:1] == ["statemachine-db"]:
            assert parser_of(words[1]).parse(words[2:]) is not None, line
        elif words:
            argparse_parser(words[0]).parse_args(words[1:])
        checked += bool(words)
    assert checked > len(COMMANDS)


@pytest.mark.req("J3")
def test_the_pages_are_formatted_without_a_warning(docs: Generated) -> None:
    man = shutil.which("man")
    if man is None or not Path("/usr/bin/groff").exists():
        pytest.skip("man is not installed")
    env = os.environ | {"LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"}
    for page in docs.pages:
        argv = [man, "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(page)]
        done = subprocess.run(argv, env=env, capture_output=True, text=True, check=True)
        assert done.stderr == "", page.name


@pytest.mark.req("J3")
def test_the_pages_are_lint_free(docs: Generated) -> None:
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    done = subprocess.run(
        ["mandoc", "-Tlint", "-Wwarning", *map(str, docs.pages)], capture_output=True, text=True, check=False
    )
    assert done.stdout + done.stderr == ""


@pytest.mark.req("J3")
def test_whatis_knows_every_page_by_its_names(docs: Generated) -> None:
    if shutil.which("lexgrog") is None:
        pytest.skip("lexgrog is not installed")
    for page in docs.pages:
        done = subprocess.run(["lexgrog", str(page)], capture_output=True, text=True, check=True)
        assert f'"{page.stem} - ' in done.stdout
    named = subprocess.run(["lexgrog", *map(str, docs.pages)], capture_output=True, text=True, check=True).stdout
    assert [path.stem for path in docs.all_pages if path.suffix == ".8" and f'"{path.stem} - ' not in named] == []


@pytest.mark.req("J3")
def test_the_output_is_the_same_at_every_run(tmp_path: Path) -> None:
    first = generate(tmp_path / "first", SOURCE_DATE_EPOCH="1700000000").folder
    second = generate(tmp_path / "second", SOURCE_DATE_EPOCH="1700000000", PYTHONHASHSEED="7", TZ="Asia/Tokyo").folder
    files = sorted(str(path.relative_to(first)) for path in first.rglob("*") if path.is_file())
    assert files == sorted(str(path.relative_to(second)) for path in second.rglob("*") if path.is_file())
    assert filecmp.cmpfiles(first, second, files, shallow=False) == (files, [], [])
    assert " 2023-11-14 " in Generated(first).page("statemachine.1").splitlines()[0]


@pytest.mark.req("J3")
def test_the_generator_runs_on_debians_python(tmp_path: Path) -> None:
    python = "/usr/bin/python3"
    needed = "import apsw, structlog, systemd, sdnotify, yaml"
    if subprocess.run([python, "-c", needed], capture_output=True, check=False).returncode:
        pytest.skip("Debian's libraries are not installed")
    assert GENERATOR.read_text(encoding="utf-8").startswith(f"#!{python}\n")
    assert generate(tmp_path, python).pages


@pytest.mark.req("J3")
def test_the_generator_needs_no_web_framework(tmp_path: Path) -> None:
    for name in ("fastapi", "starlette", "uvicorn"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('this is not there when packages are built')\n")
    argv = [sys.executable, str(GENERATOR), str(tmp_path / "out")]
    subprocess.run(argv, env=os.environ | {"PYTHONPATH": str(tmp_path)}, check=True)
    assert Generated(tmp_path / "out").page("statemachine-ui.1")
