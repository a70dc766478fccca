"""The event that the arguments of ``send-event`` describe, checked as the machine would check it."""

from __future__ import annotations

import json
import sys

from statemachine_internal.control.client import new_uid
from statemachine_internal.control.envelope import MAX_DEPTH, encode_message, parse_message
from statemachine_internal.control.outcomes import Refusal
from statemachine_internal.errors import StateMachineError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Never

LARGEST_PAYLOAD = 16 * 1024 * 1024  # bytes


class PayloadTooLarge(StateMachineError):
    """The database takes no payload of this size either."""

    code = "payload_too_large"

    def __init__(self, size: str) -> None:
        super().__init__(
            f"the payload has {size} bytes, and an event takes {LARGEST_PAYLOAD}; "
            "store the data in a file and send its name"
        )


class Event:
    """An event to be sent, under a uid of its own. ``payload_json`` is the text that is stored."""

    __slots__ = ("job_id", "payload", "payload_json", "source", "target", "type", "uid")

    def __init__(self, *, target: str, type: str, payload: str | None, source: str, job_id: str | None) -> None:
        self.target, self.type, self.source, self.job_id, self.uid = target, type, source, job_id or None, new_uid()
        try:
            parse_message(encode_message(type, job_id=job_id, source=source, uid=self.uid))
        except Refusal as wrong:
            raise UsageError(wrong.text) from None
        self.payload = {} if payload is None else _map(_stdin() if payload == "-" else payload)
        try:
            self.payload_json = json.dumps(self.payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
            size = len(self.payload_json.encode())
        except UnicodeEncodeError:
            raise UsageError("--payload is no UTF-8 text: it holds half of a surrogate pair") from None
        except ValueError:
            raise UsageError("--payload holds a number that is too large for JSON") from None
        if size > LARGEST_PAYLOAD:
            raise PayloadTooLarge(str(size))


def _map(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=_no_constant)
        if isinstance(value, str):  # a map that was quoted once more, as scripts do
            value = json.loads(value, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        near = error.doc[error.pos : error.pos + 20]
        where = f"line {error.lineno}, column {error.colno}"
        raise UsageError(f"--payload is not JSON: {error.msg} at {where}{f', at {near!r}' if near else ''}") from None
    except ValueError as error:
        raise UsageError(f"--payload is not JSON: {error}") from None
    except RecursionError:
        raise UsageError(f"--payload is nested more than {MAX_DEPTH} levels deep") from None
    if not isinstance(value, dict):
        raise UsageError('--payload must be a JSON map, for example: --payload \'{"file": "a.png"}\'')
    if _deeper_than(value, MAX_DEPTH):
        raise UsageError(f"--payload is nested more than {MAX_DEPTH} levels deep")
    return value


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is no JSON number")


def _deeper_than(value: object, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
        ]
    return any(isinstance(inner, (dict, list)) for inner in level)


def _stdin() -> str:
    if sys.stdin is None:
        raise UsageError("--payload - reads standard input, which is closed")
    data = sys.stdin.buffer.read(LARGEST_PAYLOAD + 1)
    if len(data) > LARGEST_PAYLOAD:
        raise PayloadTooLarge(f"more than {LARGEST_PAYLOAD}")
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"--payload is not UTF-8: byte {error.start}") from None
