"""One short line about an action, for the box of a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from statemachine_internal.definition.catalog import ALIASES, COMMON_KEYS
from statemachine_internal.definition.model import ActionSpec

LONGEST = 60

_Config = Mapping[str, Any]


def wording(spec: ActionSpec) -> str:
    """What it does: its ``description`` or ``name``, else the value that says most; empty where nothing does."""
    config = spec.config
    for key in ("description", "name"):
        if isinstance(config.get(key), str) and config[key].strip():
            return one_line(config[key])
    words = _WORDS.get(ALIASES.get(spec.type, spec.type), _first_value)
    return one_line(words(_merged(config)))


def one_line(text: str, longest: int = LONGEST) -> str:
    """The first line of ``text`` that isn't blank, without control characters, cut to ``longest``."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    clean = " ".join("".join(c if c.isprintable() else " " for c in line).split())
    return clean if len(clean) <= longest else clean[: longest - 1].rstrip() + "…"


def _merged(config: _Config) -> _Config:
    return {**config.get("params", {}), **config}


def _key(*names: str) -> Callable[[_Config], str]:
    return lambda config: next((_shown(config[name]) for name in names if name in config), "")


def _event_to(config: _Config) -> str:
    event = _key("event_type", "event")(config) or _shown(config.get("params", {}).get("type"))
    return f"{event} to {_key('target_machine', 'target')(config)}"


def _assigned(config: _Config) -> str:
    values = config.get("values")
    if isinstance(values, Mapping):
        return ", ".join(f"{key} = {_shown(value)}" for key, value in values.items())
    return f"{_key('key')(config)} = {_key('value')(config)}"


def _seconds(config: _Config) -> str:
    duration = _key("duration")(config)
    return f"{duration} s" if duration else ""


def _from_list(config: _Config) -> str:
    into = _key("into")(config)
    return _LIST(config) + (f", into {into}" if into else "")


def _state_of(config: _Config) -> str:
    states = _key("expected_states")(config)
    return _key("target_machine")(config) + (f" is in {states}" if states else "")


def _first_value(config: _Config) -> str:
    """Of an action that is not ours: its first key with a plain value."""
    for key, value in config.items():
        if key not in COMMON_KEYS and isinstance(value, str | int | float):
            return f"{key}: {_shown(value)}"
    return ""


def _shown(value: object) -> str:
    """A value as a reader of YAML knows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | Mapping) and not value:
        return "[]" if isinstance(value, list) else "{}"
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_shown(item)}" for key, item in value.items())
    return str(value)


_LIST = _key("list", "list_name", "list_key", "key")
_WORDS: Mapping[str, Callable[[_Config], str]] = {
    "log": _key("message"),
    "bash": _key("command"),
    "send_event": _event_to,
    "sleep": _seconds,
    "set_context": _assigned,
    "add_to_list": lambda config: f"{_key('value')(config)} to {_LIST(config)}",
    "pop_from_list": _from_list,
    "check_database_queue": _key("job_type", "machine_type"),
    "claim_job": _key("job_id"),
    "complete_job": _key("job_id"),
    "fail_job": _key("reason", "job_id"),
    "add_job": _key("job_type"),
    "get_pending_jobs": _key("job_type", "machine_type"),
    "wait_for_jobs": _key("jobs", "job_ids"),
    "check_events": _key("event_types"),
    "clear_events": _key("event_types"),
    "check_machine_state": _state_of,
    "emit": _key("event"),
}
