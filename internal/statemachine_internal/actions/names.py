"""Names: what a placeholder may name (requirement D2), what a context's key may be called, and how a key is read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from statemachine_internal.errors import ActionError

# The engine's own: they win over the context, and a change of the context never stores them.
ENGINE_NAMES = frozenset({"machine_name", "current_state", "current_timestamp", "action_key"})

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def namespace(*, machine: str, state: str, context: Mapping[str, Any], action_key: str, now: int) -> dict[str, Any]:
    """The names for the placeholders of one action; a new map over the context's own values.

    Args:
        machine: the machine's name.
        state: the state that it is in.
        context: the stored context. What it holds under ``id``, ``job_id``, ``status`` or ``error_message``
            stands; only what is missing or None there is filled in.
        action_key: the key that all attempts of the action share.
        now: microseconds since 1970, UTC.

    Returns:
        The context and the names that are always there. ``id``, ``job_id`` and ``status`` are absent where there is no
        job, ``error_message`` where there was no error. ``job_progress`` is the job's as long as the machine has one.
    """
    names = dict(context)
    job_id = job_id_of(context)
    job = context.get("current_job")
    _fill(names, "id", job_id)
    _fill(names, "job_id", job_id)
    _fill(names, "status", job.get("status") if isinstance(job, Mapping) else None)
    _fill(names, "error_message", context.get("last_error"))
    if isinstance(job, Mapping):
        names["job_progress"] = job.get("progress") or 0
    names["machine_name"] = machine
    names["current_state"] = state
    names["action_key"] = action_key
    names["current_timestamp"] = (_EPOCH + timedelta(microseconds=now)).isoformat(timespec="microseconds")
    return names


def job_id_of(context: Mapping[str, Any]) -> str | None:
    """The id of the job that a machine is at: its current job's, else what the context or the last event says."""
    # Asked at every transition: a look at the class is a tenth of what isinstance of an abstract Mapping costs.
    job, event = context.get("current_job"), context.get("event_data")
    if type(job) is dict and (found := _id(job.get("id"))) is not None:
        return found
    if (found := _id(context.get("job_id"))) is not None or (found := _id(context.get("id"))) is not None:
        return found
    return _id(event.get("job_id")) if type(event) is dict else None


def held_job(context: Mapping[str, Any]) -> str | None:
    """The id of the job that the machine has claimed; an event may speak of another one."""
    job = context.get("current_job")
    return _id(job.get("id")) if type(job) is dict else None


def _id(value: object) -> str | None:
    if type(value) is str:
        return value or None
    return str(value) if type(value) is int else None


def context_key(name: object) -> str:
    """Return ``name`` if an action may store something under it.

    Raises:
        ActionError: it is no text, or a name of the engine.
    """
    if not isinstance(name, str) or not name:
        raise ActionError(f"{name!r} can't be a key of the context; use a text")
    if name in ENGINE_NAMES:
        raise ActionError(f"'{name}' is the engine's and can't be set; choose another key of the context")
    return name


def chosen(config: Mapping[str, Any], *keys: str) -> Any:
    """The value of the first of these keys that is given and not null, else None."""
    for key in keys:
        value = config.get(key)
        if value is not None:
            return value
    return None


def flag(config: Mapping[str, Any], key: str) -> bool:
    """Whether the key says true.

    Raises:
        ActionError: it says neither true nor false; ``yes`` and ``on`` are texts.
    """
    value = config.get(key)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise ActionError(f"'{key}' is {value!r}; use true or false")


def _fill(names: dict[str, Any], name: str, value: object) -> None:
    if value is not None and names.get(name) is None:
        names[name] = value
