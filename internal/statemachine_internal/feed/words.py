"""A row of the feed in words, for a person who reads along."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Payload = Mapping[str, Any]


def words(type: str, payload: Payload) -> str:
    """What happened, in one line. Values come from anywhere: the line is to be escaped before a terminal sees it."""
    say = _WORDS.get(type)
    try:
        return f"{type} {_compact(payload)}" if say is None else say(payload) + _job(type, payload)
    except KeyError:  # somebody else's row of this type
        return f"{type} {_compact(payload)}"


def level(type: str, payload: Payload) -> str:
    """How much it matters: info, success, warning, error or debug."""
    if type == "activity_log":
        return str(payload.get("level", "info")).lower()
    return {"error": "error", "job_failed": "error", "job_completed": "success"}.get(type, "info")


def _compact(payload: Payload) -> str:
    return " ".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in payload.items())


def _job(type: str, payload: Payload) -> str:
    job = payload.get("job_id")
    return "" if job is None or type.startswith("job_") else f" (job {job})"


def _state_change(payload: Payload) -> str:
    if payload.get("internal"):
        return f"{payload['to']}: {payload['event']}"
    if not payload["from"]:
        return f"begins in {payload['to']}"
    return f"{payload['from']} -> {payload['to']} on {payload['event']}"


def _error(payload: Payload) -> str:
    action = f"{payload['action']} failed: " if "action" in payload else ""
    again = f"; next attempt in {payload['retry_in']:g} s" if "retry_in" in payload else ""
    return f"{action}{str(payload['error']).partition(chr(10))[0]}{again} (in {payload['state']})"


def _job_failed(payload: Payload) -> str:
    return f"job {payload['job_id']} failed: {str(payload['error']).partition(chr(10))[0]}"


_WORDS: Mapping[str, Callable[[Payload], str]] = {
    "state_change": _state_change,
    "activity_log": lambda payload: str(payload["message"]),
    "error": _error,
    "job_added": lambda payload: f"job {payload['job_id']} added",
    "job_started": lambda payload: f"job {payload['job_id']} started",
    "job_progress": lambda payload: f"job {payload['job_id']} is at {payload['progress']:g} %",
    "job_completed": lambda payload: f"job {payload['job_id']} completed",
    "job_failed": _job_failed,
    "machine_registered": lambda payload: f"{'resumed' if payload['resumed'] else 'started'} in {payload['state']}",
    "machine_terminated": lambda payload: f"stopped in {payload['state']}: {payload['reason']}",
    "machine_paused": lambda payload: f"paused in {payload['state']}",
    "machine_resumed": lambda payload: f"goes on in {payload['state']}",
}
