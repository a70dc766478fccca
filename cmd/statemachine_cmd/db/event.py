"""The event that the arguments of ``send-event`` describe."""

from __future__ import annotations

import json
import sys

from statemachine_internal.control.envelope import LARGEST_PAYLOAD, MAX_DEPTH
from statemachine_internal.control.outgoing import Outgoing, PayloadTooLarge
from statemachine_internal.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Never


class Event(Outgoing):
    """An event whose payload came as text; ``-`` reads it from standard input."""

    __slots__ = ()

    def __init__(self, *, target: str, type: str, payload: str | None, source: str, job_id: str | None) -> None:
        try:
            fields = None if payload is None else _map(_stdin() if payload == "-" else payload)
            super().__init__(target=target, type=type, payload=fields, source=source, job_id=job_id)
        except PayloadTooLarge as error:  # an argument is wrong, as with any other bad payload
            raise UsageError(str(error)) from None


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
    return value


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is no JSON number")


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
