"""An event on its way, checked before it leaves as the machine would check it."""

from __future__ import annotations

import json

from statemachine_internal.control.client import new_uid
from statemachine_internal.control.envelope import LARGEST_PAYLOAD, MAX_DEPTH, encode_message, is_deep, parse_message
from statemachine_internal.control.outcomes import Refusal
from statemachine_internal.errors import StateMachineError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class PayloadTooLarge(StateMachineError):
    """The database takes no payload of this size either."""

    code = "payload_too_large"

    def __init__(self, size: str) -> None:
        super().__init__(
            f"the payload has {size} bytes, and an event takes {LARGEST_PAYLOAD}; "
            "store the data in a file and send its name"
        )


class Outgoing:
    """An event to be sent, under a uid of its own. ``payload_json`` is the text that is stored.

    Raises:
        UsageError: the event is wrong.
        PayloadTooLarge: its payload is over 16 MiB.
    """

    __slots__ = ("job_id", "payload", "payload_json", "source", "target", "type", "uid")

    def __init__(
        self, *, target: str, type: str, payload: dict[str, Any] | None, source: str, job_id: str | None = None
    ) -> None:
        self.target, self.type, self.source, self.job_id, self.uid = target, type, source, job_id or None, new_uid()
        self.payload = payload or {}
        try:
            parse_message(encode_message(type, job_id=job_id, source=source, uid=self.uid))
        except Refusal as wrong:
            raise UsageError(wrong.text) from None
        if is_deep(self.payload):
            raise UsageError(f"the payload is nested more than {MAX_DEPTH} levels deep")
        try:
            self.payload_json = json.dumps(self.payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
            size = len(self.payload_json.encode())
        except UnicodeEncodeError:
            raise UsageError("the payload is no UTF-8 text: it holds half of a surrogate pair") from None
        except ValueError:
            raise UsageError("the payload holds a number that is too large for JSON") from None
        except TypeError as error:
            raise UsageError(f"the payload can't be written as JSON: {error}") from None
        if size > LARGEST_PAYLOAD:
            raise PayloadTooLarge(str(size))
