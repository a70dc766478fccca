"""The page of the definition format: every key, action and code stands in it, and its examples load."""

from __future__ import annotations

import ast
import asyncio
import textwrap
from dataclasses import fields
from pathlib import Path

import pytest

from statemachine_internal.actions.registry import Registry
from statemachine_internal.definition import OnUnhandled, Retry, assembly, parse, transitions
from statemachine_internal.definition.catalog import ALIASES, BUILT_INS, COMMON_KEYS
from support.workspace import ROOT
from unit.docs.generated import Generated, examples, part, plain, terms

PAGE = "statemachine.yaml.5"
SOURCES = ROOT / "internal" / "statemachine_internal"


def yaml_examples(docs: Generated) -> list[str]:
    """Whole definitions; a list of actions stands in one."""
    found: list[str] = []
    for page in docs.pages:
        for block in examples(page.read_text(encoding="utf-8")):
            if block.startswith("- "):
                found.append("initial_state: working\nactions:\n  working:\n" + textwrap.indent(block, "    "))
            elif block.startswith("name: "):
                found.append(block)
    return found


def codes() -> set[str]:
    """The codes that ``report.error(place, "code", …)`` and its kin, and ``UnusableAction``, are called with."""
    found: set[str] = set()
    for path in [*(SOURCES / "definition").glob("*.py"), *(SOURCES / "actions").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            at = {"error": 1, "warning": 1, "_stop": 1, "UnusableAction": 0}.get(name, len(node.args))
            values = node.args[at : at + 1] + [k.value for k in node.keywords if k.arg == "code"]
            found |= {v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)}
    return found


@pytest.mark.req("J5")
def test_every_top_level_key_stands_in_the_page(docs: Generated) -> None:
    assert set(assembly.KEYS) <= terms(part(docs.page(PAGE), "SH", "TOP-LEVEL KEYS"))


@pytest.mark.req("J5")
def test_every_key_of_a_transition_stands_in_the_page(docs: Generated) -> None:
    assert set(transitions._KEYS) <= terms(part(docs.page(PAGE), "SH", "TRANSITIONS"))


@pytest.mark.req("J5")
def test_every_key_that_all_actions_share_stands_in_the_page(docs: Generated) -> None:
    section = part(docs.page(PAGE), "SH", "ACTIONS")
    assert terms(section) >= COMMON_KEYS
    assert [field.name for field in fields(Retry) if field.name not in plain(section)] == []


@pytest.mark.req("J5")
def test_every_choice_of_on_unhandled_stands_in_the_page(docs: Generated) -> None:
    section = plain(part(docs.page(PAGE), "SH", "TOP-LEVEL KEYS"))
    assert [choice.value for choice in OnUnhandled if choice.value not in section] == []


@pytest.mark.req("J5")
@pytest.mark.parametrize("action", BUILT_INS)
def test_every_key_and_event_of_a_built_in_action_stands_in_the_page(docs: Generated, action: str) -> None:
    section = part(docs.page(PAGE), "SS", action)
    known = BUILT_INS[action]
    assert terms(section) >= known.keys
    assert [event for event in (known.success, *known.emits) if event and event not in plain(section)] == []


@pytest.mark.req("J5")
def test_every_alias_of_an_action_stands_in_the_page(docs: Generated) -> None:
    for alias, action in ALIASES.items():
        assert alias in plain(part(docs.page(PAGE), "SS", action))


@pytest.mark.req("J5")
def test_every_code_of_a_complaint_stands_in_the_page(docs: Generated) -> None:
    found = codes()
    assert {"unknown-key", "yaml", "action-import", "too-deep", "more"} <= found
    assert found - terms(part(docs.page(PAGE), "SH", "DIAGNOSTICS")) == set()


@pytest.mark.req("J5")
def test_the_examples_load_without_a_complaint(docs: Generated) -> None:
    found = yaml_examples(docs)
    assert len(found) > len(BUILT_INS)
    for example in found:
        loaded = parse(example, "example.yaml")
        assert [d.render() for d in loaded.diagnostics] == [], example
        assert loaded.definition is not None
        Registry().check(loaded.definition)


@pytest.mark.req("J5")
def test_the_complaint_in_the_page_is_what_is_said(docs: Generated) -> None:
    shown = examples(part(docs.page(PAGE), "SH", "DIAGNOSTICS"))
    door = yaml_examples(docs)[0].replace("event: push", "events: push")
    said = [d.render() + "\n" for d in parse(door, "door.yaml").diagnostics]
    assert shown == said[1:]


@pytest.mark.req("J5")
def test_the_custom_action_in_the_page_works(docs: Generated, tmp_path: Path) -> None:
    (code,) = [block for block in examples(docs.page(PAGE)) if "BaseAction" in block]
    (tmp_path / "weigh_action.py").write_text(code, encoding="utf-8")
    definition = parse("initial_state: a\nactions: {a: [{type: weigh, factor: 2}]}", "weigh.yaml").definition
    assert definition is not None
    registry = Registry(str(tmp_path))
    registry.check(definition)
    action = registry.create(definition.states["a"].actions[0], {})
    context: dict[str, object] = {}
    assert asyncio.run(action.execute(context)) == "weighed"
    assert context == {"weight": 8.4}
