"""The list of the types that the engine writes is what its source says."""

from __future__ import annotations

import ast

import pytest

from statemachine_internal.feed.types import ENGINE_TYPES, ReservedType, check_shown_type
from support.workspace import ROOT

WRITERS = frozenset({"feed", "tell", "tell_job", "_wish"})
FREE = frozenset({"activity_log"})


def written() -> set[str]:
    """Every type that stands in a call of what writes the feed."""
    found = set[str]()
    for path in (ROOT / "internal").rglob("*.py"):
        module = ast.parse(path.read_text(encoding="utf-8"))
        constants = dict(filter(None, map(constant, module.body)))
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in WRITERS:
                said = [value for a in node.args if (value := text(a, constants)) is not None]
                found |= set(said[:1])
    return found


def constant(node: ast.stmt) -> tuple[str, str] | None:
    """The name and the value of a module's constant that is a text."""
    target = (
        node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
    )
    value = node.value if isinstance(node, (ast.AnnAssign, ast.Assign)) else None
    if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
        return target.id, value.value
    return None


def text(node: ast.expr, constants: dict[str, str]) -> str | None:
    """The text that an argument is."""
    if isinstance(node, ast.Name):
        return constants.get(node.id)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


@pytest.mark.req("C3")
@pytest.mark.req("G1")
def test_every_type_that_the_engine_writes_is_its_own() -> None:
    assert written() == ENGINE_TYPES | FREE


@pytest.mark.req("C3")
@pytest.mark.req("G1")
def test_nobody_else_shows_such_a_type() -> None:
    for type in ENGINE_TYPES:
        with pytest.raises(ReservedType, match=f"only the engine writes '{type}'"):
            check_shown_type(type)
    for type in (*FREE, "job_done", "mine"):
        check_shown_type(type)
