"""Which events an action may emit, as far as its keys and the catalog say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from statemachine_internal.definition.catalog import built_in
from statemachine_internal.definition.model import ActionSpec
from statemachine_internal.interpolation import placeholders


class Kind(Enum):
    """What an emission says of its action."""

    SUCCESS = "success"
    ANSWER = "answer"  # it did what it was asked for, and this is the other answer: nothing there, not running, …
    FAILURE = "failure"


@dataclass(frozen=True, kw_only=True, slots=True)
class Emission:
    """One event; ``key`` is the key that names it, empty where it is the default."""

    event: str
    kind: Kind
    key: str = ""
    default: str = ""  # what it would be called by default: which of its answers it is


def emissions(spec: ActionSpec) -> Iterator[Emission]:
    """The events of a built-in action. One whose name a placeholder gives is not among them."""
    known = built_in(spec.type)
    if known is None:
        return
    yield from _success(spec, known.success)
    renamed = {default: key for key, default in known.renames.items() if key != "new_job"}
    for default in known.emits:
        if spec.type == "start_fsm" and default == "fsm_finished":
            continue  # that is its success
        key = renamed.get(default, "")
        written = spec.config.get(key) if key else None
        yield from _named(written, default, key, Kind.ANSWER, default)
    if spec.type == "bash":
        mappings = spec.config.get("error_mappings")
        for event in mappings.values() if isinstance(mappings, Mapping) else ():
            yield from _named(event, "", "error_mappings", Kind.ANSWER, "")
    yield from _named(spec.error, "error", "error", Kind.FAILURE, "error")


def _success(spec: ActionSpec, default: str | None) -> Iterator[Emission]:
    key = "event" if spec.type == "emit" else "success"
    written = spec.config.get(key)
    if spec.type == "check_database_queue" and written is None:
        key, written = "new_job", spec.config.get("new_job")
    if spec.type == "start_fsm" and spec.config.get("wait") is True:
        default = "fsm_finished"
    yield from _named(written, default, key, Kind.SUCCESS, default)


def unknowable(spec: ActionSpec) -> bool:
    """Whether what it emits depends on more than its keys: a custom action, an event by a placeholder or an inbox."""
    known = built_in(spec.type)
    if known is None:
        return True
    keys = ["event" if spec.type == "emit" else "success", *known.renames]
    if spec.type == "check_events" and spec.config.get("success") is None:
        return True
    return any(bool(placeholders(spec.config.get(key))) for key in keys) or bool(placeholders(spec.error or ""))


def _named(written: Any, default: str | None, key: str, kind: Kind, what: str | None) -> Iterator[Emission]:
    """The event that ``written`` names; "" says that there is none."""
    event = default if written is None else str(written)
    if event and not (written is not None and placeholders(event)):
        yield Emission(event=event, kind=kind, key="" if written is None else key, default=what or "")
