"""Names: what a placeholder may name (requirement D2), what a key of the context may be called, and aliases of keys."""

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
        job, ``error_message`` where there was no error.
    """
    names = dict(context)
    job_id = job_id_of(context)
    job = context.get("current_job")
    _fill(names, "id", job_id)
    _fill(names, "job_id", job_id)
    _fill(names, "status", job.get("status") if isinstance(job, Mapping) else None)
    _fill(names, "error_message", context.get("last_error"))
    names["machine_name"] = machine
    names["current_state"] = state
    names["action_key"] = action_key
    names["current_timestamp"] = (_EPOCH + timedelta(microseconds=now)).isoformat(timespec="microseconds")
    return names


def job_id_of(context: Mapping[str, Any]) -> str | None:
    """The id of the job that a machine is at: its current job's, else what the context or the last event says."""
    job, event = context.get("current_job"), context.get("event_data")
    candidates = (
        job.get("id") if isinstance(job, Mapping) else None,
        context.get("job_id"),
        context.get("id"),
        event.get("job_id") if isinstance(event, Mapping) else None,
    )
    for candidate in candidates:
        if isinstance(candidate, str) and candidate:
            return candidate
        if isinstance(candidate, int) and not isinstance(candidate, bool):
            return str(candidate)
    return None


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


def _fill(names: dict[str, Any], name: str, value: object) -> None:
    if value is not None and names.get(name) is None:
        names[name] = value
