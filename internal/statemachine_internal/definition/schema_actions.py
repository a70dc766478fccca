"""The part of the JSON Schema that speaks of actions, made from the catalog."""

from __future__ import annotations

from collections.abc import Iterable

from statemachine_internal.definition.catalog import ALIASES, BUILT_INS, COMMON_KEYS, MULTI_STEP, BuiltIn
from statemachine_internal.definition.engine_keys import LONGEST, MOST_TRIES
from statemachine_internal.definition.schema_values import (
    Schema,
    anything,
    at_most,
    boolean,
    list_of,
    name,
    nothing,
    number,
    optional,
    text,
)

_ACTION = {"$ref": "#/definitions/action"}
_TYPE = "^[A-Za-z_][A-Za-z0-9_.-]*$"
# A number as text, or one that a placeholder will fill in.
_SECONDS = r"^$|\{|^\s*[-+]?[\d_.]+([eE][-+]?[\d_]+)?\s*$"

_FILLED_IN = r"^$|\{"


def actions() -> Schema:
    """A list of actions."""
    return list_of(_ACTION)


def one_action() -> Schema:
    """An action: of a built-in type with its keys, or of another with any."""
    known = [*BUILT_INS, *ALIASES]
    type_name = {
        "description": "a built-in action, or a custom one",
        "anyOf": [{"enum": sorted(known)}, {"type": ["string", "boolean"], "pattern": _TYPE}],
    }
    cases = [
        {
            "if": {"properties": {"type": {"const": type_name}}, "required": ["type"]},
            "then": _built_in(type_name, BUILT_INS[ALIASES.get(type_name, type_name)]),
        }
        for type_name in known
    ]
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": type_name, "params": optional({"type": "object"}), **_engine_keys()},
        "allOf": cases,
    }


def _built_in(type_name: str, known: BuiltIn) -> Schema:
    keys: Schema = {key: anything() for key in sorted(known.keys | COMMON_KEYS)}
    keys |= {key: {"if": {"type": "string"}, "then": {"pattern": _SECONDS}} for key in known.seconds}
    keys |= {key: _or_filled_in(boolean()) for key in known.flags}
    keys |= {key: _or_filled_in(_word(words)) for key, words in known.choices.items()}
    keys |= {key: _or_filled_in(_whole(most)) for key, most in known.wholes.items()}
    keys |= {key: _or_filled_in({"type": "object"}, {"type": "array", "maxItems": 0}) for key in known.maps}
    if type_name == MULTI_STEP:
        step = {"anyOf": [text(), _ACTION]}
        keys |= {
            "steps": optional(list_of(step)),
            "success": optional(name()),
            "retry": nothing(),
            "timeout": nothing(),
        }
    needed = [_one_of(group, type_name) for group in known.required]
    return {
        "description": f"for example {known.example}",
        "properties": keys,
        "additionalProperties": False,
        **({"allOf": needed} if needed else {}),
    }


def _or_filled_in(*schemas: Schema) -> Schema:
    """One of these, nothing, or a text that a placeholder will fill in."""
    return {"anyOf": [*schemas, {"type": ["string", "null"], "pattern": _FILLED_IN}]}


def _word(words: Iterable[str]) -> Schema:
    """One of these in any case: the list is for editors to complete, a pattern can't be told that case is nothing."""
    any_case = "|".join("".join(f"[{letter}{letter.upper()}]" for letter in word) for word in words)
    return {"anyOf": [{"enum": list(words)}, {"type": "string", "pattern": f"^({any_case})$"}]}


def _whole(most: int) -> Schema:
    written = {"type": "string", "pattern": r"^\s*\+?[\d_]+\s*$"}
    return {"anyOf": [number(least=1, most=most, kind="integer"), written]}


def _one_of(group: tuple[str, ...], type_name: str) -> Schema:
    """One of these keys must be there, flat or under ``params``, and not be null."""
    inside = [*group, "type"] if type_name == "send_event" and "event_type" in group else list(group)
    return {"anyOf": [*map(_has, group), *(_has("params", _has(key)) for key in inside)]}


def _has(key: str, value: Schema | None = None) -> Schema:
    return {"required": [key], "properties": {key: {"not": nothing()} if value is None else value}}


def _engine_keys() -> Schema:
    """The keys that the engine obeys, whatever the type."""
    retry = at_most(
        {
            "max": number(least=0, most=MOST_TRIES, kind="integer"),
            "backoff": optional(number(least=0, most=LONGEST)),
            "factor": optional(number(least=1, most=1000)),
            "max_backoff": optional(number(least=0, most=LONGEST)),
            "jitter": optional(number(least=0, most=1)),
        },
        required=("max",),
    )
    return {
        "retry": optional(retry),
        "timeout": optional(number(above=0, most=LONGEST)),
        "error": optional(name()),
        "when": optional(text()),
    }
