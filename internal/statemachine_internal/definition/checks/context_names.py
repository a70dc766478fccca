"""The names that a machine's context may hold, by all that is known to set them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from statemachine_internal.actions.names import ENGINE_NAMES
from statemachine_internal.definition.catalog import built_in
from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.model import ActionSpec
from statemachine_internal.interpolation import placeholders

EVENT, EVENT_DATA, CURRENT_JOB = "event", "event_data", "current_job"
# Set by the engine, whatever the definition says.
_STORED = frozenset({EVENT_DATA, CURRENT_JOB, "last_error", "last_error_action", "started_by"})
# Filled in for placeholders alone (requirement D2); conditions look at what is stored.
FOR_PLACEHOLDERS = ENGINE_NAMES | {"id", "job_id", "status", "job_progress", "error_message"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """``stored`` are the names in the context; ``unknowable`` says that there may be others.

    ``written`` are those of the engine's that the definition sets to what it likes.
    """

    stored: frozenset[str]
    unknowable: bool
    written: frozenset[str]


def context_names(given: Given, files: Sequence[Given]) -> Known:
    """What may stand in the context of a machine. ``files`` may start it, and give it some."""
    stored = set(_STORED)
    unknowable = given.custom
    written: set[str] = set()
    for spec in given.definition.events.values():
        written |= set(spec.context_map)
    for action, _ in given.lists():
        written |= set(_set_at_will(action))
        for name in () if given.is_custom(action) else _set_by(action):
            unknowable = unknowable or bool(placeholders(name))
            stored.add(name)
    for other in files:
        for action, _ in other.lists():
            if action.type == "start_fsm":
                stored |= set(_handed_on(action.config.get("context_vars")))
    return Known(stored=frozenset(stored | written), unknowable=unknowable, written=frozenset(written & _STORED))


def _set_by(action: ActionSpec) -> Iterator[str]:
    known = built_in(action.type)
    if known is None:
        return
    yield from known.sets
    for key, default in known.into.items():
        if default and action.config.get(key) is None:
            yield default
    yield from _set_at_will(action)


def _set_at_will(action: ActionSpec) -> Iterator[str]:
    """The names that the keys of an action give."""
    known = built_in(action.type)
    for key in () if known is None else known.into:
        if action.config.get(key) is not None:
            yield str(action.config[key])
    if action.type != "set_context":
        return
    values = action.config.get("values")
    yield from map(str, values) if isinstance(values, Mapping) else ()
    if isinstance(values, str):
        yield values  # a map by placeholder may hold any name
    if action.config.get("key") is not None:
        yield str(action.config["key"])


def _handed_on(names: object) -> Iterable[str]:
    """What ``context_vars`` calls the values in the child."""
    if isinstance(names, Mapping):
        return map(str, names)
    if not isinstance(names, list):
        return ()
    found: list[str] = []
    for item in names:
        if isinstance(item, Mapping):
            found += [str(key) for key in item] + [str(value) for value in item.values()]
        else:
            found += [word for word in str(item).split() if word != "as"]
    return [name.rpartition(".")[2] for name in found]
