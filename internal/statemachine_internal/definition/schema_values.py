"""The small pieces that the JSON Schema is put together from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from statemachine_internal.definition.fields import LONGEST_NAME

Schema = dict[str, Any]

_SCALARS = ["string", "number", "boolean"]
_PRINTABLE = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"


def anything() -> Schema:
    return {}


def nothing() -> Schema:
    return {"type": "null"}


def boolean() -> Schema:
    return {"type": "boolean"}


def text() -> Schema:
    """What the loader takes as text: any scalar, as it is written."""
    return {"type": list(_SCALARS)}


def name() -> Schema:
    """The name of a state or an event."""
    return {"type": list(_SCALARS), "minLength": 1, "maxLength": LONGEST_NAME, "pattern": _PRINTABLE}


def number(
    *, above: float | None = None, least: float | None = None, most: float | None = None, kind: str = "number"
) -> Schema:
    """A number; ``above`` leaves the bound itself out."""
    bounds = {"exclusiveMinimum": above, "minimum": least, "maximum": most}
    return {"type": kind, **{key: bound for key, bound in bounds.items() if bound is not None}}


def optional(schema: Schema) -> Schema:
    """The same, or null, which the loader takes as not given."""
    if isinstance(schema.get("type"), list):
        return {**schema, "type": [*schema["type"], "null"]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    return {"anyOf": [schema, nothing()]}


def list_of(items: Schema, *, least: int = 0) -> Schema:
    return {"type": "array", "items": items, **({"minItems": least} if least else {})}


def one_or_more(item: Schema, *, least: int = 0) -> Schema:
    """One, or a list."""
    return {"anyOf": [item, list_of(item, least=least)]}


def map_of(values: Schema, *, keys: Schema | None = None) -> Schema:
    return {"type": "object", "additionalProperties": values, **({"propertyNames": keys} if keys else {})}


def at_most(properties: Schema, *, required: Sequence[str] = ()) -> Schema:
    """A map with these keys and no others."""
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": dict(properties), "additionalProperties": False, **needed}
