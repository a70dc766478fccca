"""Which machines the search of ``statemachine-validate`` looks at together."""

from __future__ import annotations

import pytest

from statemachine_internal.definition import parse
from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.checks.places import Places
from statemachine_internal.definition.checks.runs.groups import groups
from statemachine_internal.definition.diagnostics import Report

CRIER = """
initial_state: idle
transitions: [{from: idle, event: shout, actions: [{type: send_event, target: TARGET, event: pause}]}]
"""
TAKES = "initial_state: on\ntransitions: [{from: on, to: off, event: pause}, {from: off, to: on, event: timeout(1)}]\n"
TAKES_NOT = "initial_state: on\ntransitions: [{from: on, event: ping}]\n"
FAILS = "initial_state: on\non_unhandled: error\ntransitions: [{from: on, event: ping}]\n"


def given(name: str, text: str) -> Given:
    loaded = parse(text, f"{name}.yaml")
    assert loaded.definition is not None
    assert loaded.root is not None
    places = Places(loaded.root, text)
    return Given(definition=loaded.definition, places=places, customs=None, report=Report(f"{name}.yaml"))


def names(*files: Given) -> list[list[str]]:
    return [[each.name for each in group] for group in groups(files)]


@pytest.mark.req("I1")
@pytest.mark.parametrize("target", ["all", "'[a-z]*'"])
def test_what_goes_to_everybody_ties_only_those_that_may_do_something_about_it(target: str) -> None:
    crier = given("crier", CRIER.replace("TARGET", target))
    others = given("taker", TAKES), given("other", TAKES_NOT), given("strict", FAILS)
    assert names(crier, *others) == [["crier", "taker", "strict"], ["other"]]


@pytest.mark.req("I1")
def test_what_goes_to_one_ties_it_whether_it_takes_it_or_not() -> None:
    crier = given("crier", CRIER.replace("TARGET", "other"))
    assert names(crier, given("taker", TAKES), given("other", TAKES_NOT)) == [["crier", "other"], ["taker"]]
