"""The JSON Schema of the format (requirement A11), for editors; made from the same tables that the loader reads by.

It says what stands where. What one part says of another, such as whether a state exists, is the loader's alone. A value
may be of any type that the loader takes for it: a state called ``1`` is a number to an editor. An unknown key is
refused, where the loader warns. ``schema.json`` beside this file is what ``statemachine-validate --schema`` prints.
"""

from __future__ import annotations

import json
from typing import Any

from statemachine_internal.definition.events import MAX_TIMEOUT
from statemachine_internal.definition.model import ANY_STATE, OnUnhandled
from statemachine_internal.definition.schema_actions import actions, one_action
from statemachine_internal.definition.schema_values import (
    Schema,
    anything,
    at_most,
    boolean,
    list_of,
    map_of,
    name,
    nothing,
    number,
    one_or_more,
    optional,
    text,
)

DRAFT = "http://json-schema.org/draft-07/schema#"  # the newest that all editors understand
_TIMEOUT = r"^timeout\s*\(\s*([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*\)$"
_PATH = r"^[^.]+(\.[^.]+)*$"
_MACHINE_NAME = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"


def schema_text() -> str:
    """The schema as JSON."""
    return json.dumps(schema(), indent=2) + "\n"


def schema() -> Schema:
    """The schema of a definition."""
    root = at_most(
        {
            "name": optional(text()) | _says("the name of the definition"),
            "description": optional(text()),
            "initial_state": _ref("state") | _says("the state of a fresh machine"),
            "metadata": optional(_metadata()),
            "states": optional(_states()) | _says("the states; inferred where it is left out"),
            "events": optional(_events()) | _says("the events, and what to copy from them into the context"),
            "transitions": optional(list_of(_ref("transition"))),
            "actions": optional(map_of(_ref("actions"), keys=name())) | _says("the entry actions of each state"),
            "final": optional(one_or_more(_ref("name"))) | _says("the states that end the machine"),
            "on_unhandled": optional(_policy()) | _says("what becomes of an event that the state doesn't take"),
            "idle_exit": optional(number(above=0, most=MAX_TIMEOUT)) | _says("seconds at rest until the process ends"),
            "state_groups": optional(map_of(one_or_more(_ref("name")))),
            "job": optional(at_most(dict.fromkeys(("complete_in", "fail_in"), optional(one_or_more(_ref("name")))))),
        },
        required=("initial_state",),
    )
    parts = {
        "name": name(),
        "state": _state(),
        "event": _event(),
        "transition": _transition(),
        "actions": optional(actions()),
        "action": one_action(),
    }
    return {
        "$schema": DRAFT,
        "title": "Definition of a state machine",
        "description": "see statemachine.yaml(5)",
        **root,
        "definitions": parts,
    }


def _ref(part: str) -> Schema:
    return {"$ref": f"#/definitions/{part}"}


def _says(words: str) -> Schema:
    return {"description": words}


def _state() -> Schema:
    """A name, but for ``"*"``, which stands for any."""
    return {"allOf": [name(), {"not": {"const": ANY_STATE}}]}


def _event() -> Schema:
    opened = {"type": "string", "pattern": r"^timeout\s*\("}
    return {"allOf": [name(), {"if": opened, "then": {"pattern": _TIMEOUT}}]}


def _policy() -> Schema:
    return {"enum": [policy.value for policy in OnUnhandled]}


def _metadata() -> Schema:
    texts: dict[str, Any] = dict.fromkeys(("name", "version", "job_type"), optional(text()))
    machine_name = optional({"type": ["string", "number", "boolean"], "pattern": _MACHINE_NAME})
    return {"type": "object", "properties": {**texts, "machine_name": machine_name}}


def _states() -> Schema:
    entry = optional(at_most({"on_unhandled": optional(_policy()), "description": anything()}))
    return {"anyOf": [list_of(_ref("state")), map_of(entry, keys=_ref("state"))]}


def _events() -> Schema:
    path = {"type": ["string", "number", "boolean"], "pattern": _PATH}
    entry = optional(at_most({"context_map": optional(map_of(path)), "description": anything()}))
    return {"anyOf": [list_of(_ref("event")), map_of(entry, keys=_ref("event"))]}


def _transition() -> Schema:
    return at_most(
        {
            "from": one_or_more(_ref("name"), least=1) | _says('a state, a list of states, or "*" for any'),
            "to": {"anyOf": [nothing(), _ref("state")]} | _says("the next state; without it the machine stays"),
            "event": _ref("event") | _says("the event that it takes; timeout(N) comes after N seconds"),
            "actions": _ref("actions"),
            "when": optional(text()) | _says("a condition over the context and the event"),
            "interrupt": optional(boolean()) | _says("whether the event cuts off the action at work"),
            "description": anything(),
        },
        required=("from", "event"),
    )
