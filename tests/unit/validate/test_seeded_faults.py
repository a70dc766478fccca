"""Definitions with one fault each: it is found, at its line, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from statemachine_internal.definition import Diagnostic, Severity
from statemachine_internal.definition.checks.checking import check

SETS = sorted((Path(__file__).parents[2] / "data" / "validate").iterdir())
MARK = re.compile(r"# ([a-z]+(?:-[a-z]+)*)$")
OF_SEVERAL = {"deadlock", "event-never-taken", "event-not-taken", "livelock", "unknown-target", "unreachable-final"}
WITH_A_RUN = {"deadlock", "event-never-taken", "livelock", "unreachable-final"}


def files(path: Path) -> list[Path]:
    return sorted(path.glob("*.yaml")) if path.is_dir() else [path]


def seeded(path: Path) -> tuple[str, int, str]:
    """The file, the line and the code that a comment at the end of a line names."""
    (found,) = (
        (str(file), number, match.group(1))
        for file in files(path)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if (match := MARK.search(line)) and not line.startswith("#")
    )
    return found


def complaints(path: Path) -> list[Diagnostic]:
    """All but the notes of what comes from outside, which are no complaints."""
    found = check([str(file) for file in files(path)])
    return [d for checked in found for d in checked.diagnostics if d.code != "outside-event"]


def test_there_are_twenty_and_more() -> None:
    assert len(SETS) >= 20
    assert {seeded(path)[2] for path in SETS} >= OF_SEVERAL


@pytest.mark.req("I1")
@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_the_seeded_fault_is_found_at_its_line_and_nothing_else(path: Path) -> None:
    found = complaints(path)
    assert [(d.position.file, d.position.line, d.code) for d in found] == [seeded(path)], [d.render() for d in found]


@pytest.mark.req("A9")
@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_a_fault_comes_with_its_column_its_text_and_what_to_write(path: Path) -> None:
    (found,) = complaints(path)
    line = Path(found.position.file).read_text(encoding="utf-8").splitlines()[found.position.line - 1]
    assert line[found.position.column - 1 :].startswith(found.text)
    assert found.hint
    assert found.severity is not Severity.NOTE or found.code == "unknown-target"


@pytest.mark.req("I1")
@pytest.mark.parametrize("path", [path for path in SETS if seeded(path)[2] in WITH_A_RUN], ids=lambda path: path.stem)
def test_what_a_search_finds_comes_with_a_run_through_the_files(path: Path) -> None:
    (found,) = complaints(path)
    assert len(found.run) >= 3
    assert {step.position.file for step in found.run} == {str(file) for file in files(path)}
