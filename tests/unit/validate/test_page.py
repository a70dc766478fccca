"""The manual page names every code that the checks have."""

from __future__ import annotations

import ast

import pytest

from statemachine_internal.definition import checks
from support.workspace import ROOT

PAGE = ROOT / "packaging" / "docs" / "pages" / "statemachine-validate.1.md"
REPORTED = {"error": 1, "warning": 1, "note": 1, "show": 1}


def codes() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "internal/statemachine_internal/definition/checks").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in REPORTED:
                code = node.args[REPORTED[node.func.attr]]
                assert isinstance(code, ast.Constant)
                found.add(str(code.value))
    return found


@pytest.mark.req("J5")
def test_every_code_stands_in_the_page_and_no_other() -> None:
    assert checks.__doc__
    section = PAGE.read_text(encoding="utf-8").partition("# DIAGNOSTICS")[2].partition("# THE SEARCH")[0]
    explained = {line.strip("`") for line in section.splitlines() if line.startswith("`")}
    assert codes() == explained
