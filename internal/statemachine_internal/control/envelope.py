"""The wire format of the control socket: one JSON object a message, one a reply.

::

    message   {"type": …, "payload": {…}, "job_id": …, "source": …, "uid": …}      an event
              {"control": "wake"}                                                  the doorbell; it gets no reply
    reply     {"ok": true, "id": 17, "status": "accepted"}                         and "duplicate": true for a known uid
              {"ok": false, "code": "bad_request", "error": "…"}

The doorbell has no ``type``, so that no event's name, "wake" included, can be taken for it.
"""

from __future__ import annotations

import json

from statemachine_internal.control.outcomes import BAD_REQUEST, PAYLOAD_TOO_LARGE, Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Never

MAX_MESSAGE = 192 * 1024  # bytes; the kernel's own limit, with default buffers, is 212,960
LARGEST_PAYLOAD = 16 * 1024 * 1024  # bytes; what a row takes, where the socket is too narrow
MAX_TYPE = 128  # characters
MAX_TEXT = 256  # characters of job_id, source and uid
MAX_DEPTH = 100  # levels; what is stored is read again by recursive readers, and they must not meet their end there
MAX_ERROR = 1000  # characters of the text of a refusal
WAKE = b'{"control":"wake"}'


class Message:
    """An event as it arrived.

    Attributes:
        type: 1 to 128 printable characters.
        payload: a map.
        payload_json: the same, as the text that is stored.
        job_id, source, uid: at most 256 printable characters each; None where the sender gave none.
        is_wake: the doorbell, which carries no event.
    """

    __slots__ = ("is_wake", "job_id", "payload", "payload_json", "source", "type", "uid")

    def __init__(
        self,
        type: str,
        payload: dict[str, Any],
        payload_json: str,
        job_id: str | None,
        source: str | None,
        uid: str | None,
        is_wake: bool = False,
    ) -> None:
        self.type = type
        self.payload = payload
        self.payload_json = payload_json
        self.job_id = job_id
        self.source = source
        self.uid = uid
        self.is_wake = is_wake

    def __repr__(self) -> str:
        return f"Message(type={self.type!r}, job_id={self.job_id!r}, source={self.source!r}, uid={self.uid!r})"


class Reply:
    """What the machine answered.

    Attributes:
        ok: whether the event was accepted; it is then committed.
        id: its row, when accepted.
        duplicate: its uid was known already, and ``id`` is the row of then.
        code, error: the refusal's, when not.
    """

    __slots__ = ("code", "duplicate", "error", "id", "ok")

    def __init__(
        self,
        ok: bool,
        id: int | None = None,
        duplicate: bool = False,
        code: str | None = None,
        error: str | None = None,
    ) -> None:
        self.ok = ok
        self.id = id
        self.duplicate = duplicate
        self.code = code
        self.error = error

    def __repr__(self) -> str:
        if self.ok:
            return f"Reply(id={self.id}, duplicate={self.duplicate})"
        return f"Reply(code={self.code!r}, error={self.error!r})"


def parse_message(data: bytes | memoryview) -> Message:
    """Read a message; any bytes give a Message or a Refusal.

    A payload that is JSON text is parsed. Unknown keys are left alone; an empty text counts as none.

    Raises:
        Refusal: ``payload_too_large`` over 192 KiB, else ``bad_request``.
    """
    if len(data) > MAX_MESSAGE:
        raise too_large(f"more than {MAX_MESSAGE}")
    try:
        fields = _decode(str(data, "utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refusal(BAD_REQUEST, f"the message is not JSON: {_problem(error)}") from None
    if not isinstance(fields, dict):
        raise Refusal(BAD_REQUEST, 'the message is not a JSON object; send {"type": …, "payload": {…}}')
    name = fields.get("type")
    if name is None and fields.get("control") == "wake":
        return Message("", {}, "{}", None, None, None, True)
    if not isinstance(name, str) or not 0 < len(name) <= MAX_TYPE or not (name.isprintable() or _is_plain(name)):
        raise Refusal(BAD_REQUEST, f"'type' must be a text of 1 to {MAX_TYPE} characters without control characters")
    payload = fields.get("payload")
    return Message(
        name,
        *(({}, "{}") if payload is None else _payload(payload)),
        _text(fields, "job_id"),
        _text(fields, "source"),
        _text(fields, "uid"),
    )


def encode_message(
    type: str,
    payload: dict[str, Any] | None = None,
    *,
    job_id: str | None = None,
    source: str | None = None,
    uid: str | None = None,
) -> bytes:
    """Write a message; whether the rest of it is right is the reader's to say.

    Raises:
        Refusal: ``payload_too_large``, or ``bad_request`` for what JSON, or UTF-8, can't hold.
    """
    fields: dict[str, Any] = {"type": type}
    for key, value in (("payload", payload), ("job_id", job_id), ("source", source), ("uid", uid)):
        if value:
            fields[key] = value
    try:
        data = _encode(fields).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise Refusal(BAD_REQUEST, f"the event can't be written as JSON: {_problem(error)}") from None
    if len(data) > MAX_MESSAGE:
        raise too_large(str(len(data)))
    return data


def accepted(id: int, *, duplicate: bool = False) -> bytes:
    """The reply to an event that is committed under the row ``id``."""
    if duplicate:
        return b'{"ok":true,"id":%d,"status":"accepted","duplicate":true}' % id
    return b'{"ok":true,"id":%d,"status":"accepted"}' % id


def refusal(code: str, error: str) -> bytes:
    """The reply to a message that was not taken: a stable code, and one line for a human (cut at 1000 characters)."""
    return json.dumps({"ok": False, "code": code, "error": error[:MAX_ERROR]}).encode()


def too_large(size: str) -> Refusal:
    return Refusal(
        PAYLOAD_TOO_LARGE,
        f"the message has {size} bytes, and a machine takes {MAX_MESSAGE}; "
        "store the data in a file or a job and send its name or id",
    )


def parse_reply(data: bytes) -> Reply:
    """Read a reply.

    Raises:
        ValueError: it is none.
    """
    try:
        fields = _decode(str(data, "utf-8"))
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(fields, dict):
        raise ValueError("not an object")
    if fields.get("ok") is True and isinstance(fields.get("id"), int):
        return Reply(True, id=fields["id"], duplicate=fields.get("duplicate") is True)
    if fields.get("ok") is False:
        return Reply(False, code=str(fields.get("code")), error=str(fields.get("error")))
    raise ValueError("neither accepted nor refused")


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is no JSON number")


_decode = json.JSONDecoder(parse_constant=_no_constant).decode
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def _payload(payload: object) -> tuple[dict[str, Any], str]:
    """The payload as a map, and as the text that is stored."""
    try:
        if isinstance(payload, str):
            payload = _decode(payload)
        if not isinstance(payload, dict):
            raise Refusal(BAD_REQUEST, "'payload' is neither a map nor the JSON text of one")
        # Written anew, since 1e999 is read as infinity, and since a lone surrogate ("\ud800") is no UTF-8.
        text = _encode(payload)
        if not text.isascii():
            text.encode()
    except (ValueError, RecursionError) as error:
        raise Refusal(BAD_REQUEST, f"'payload' is not JSON: {_problem(error)}") from None
    if text.count("{") + text.count("[") > MAX_DEPTH and is_deep(payload):
        raise Refusal(BAD_REQUEST, f"'payload' is nested more than {MAX_DEPTH} levels deep")
    return payload, text


def _text(fields: dict[str, Any], key: str) -> str | None:
    value = fields.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > MAX_TEXT or not (value.isprintable() or _is_plain(value)):
        raise Refusal(
            BAD_REQUEST, f"'{key}' must be a text of at most {MAX_TEXT} characters without control characters"
        )
    return value


def _is_plain(text: str) -> bool:
    """Whether a text that Python finds unprintable is harmless, e.g. a character newer than Python's tables.

    Harmful are control characters, which forge lines in logs, and lone surrogates, which are no UTF-8.
    """
    return not any(
        code < 0x20 or 0x7F <= code <= 0x9F or code in (0x2028, 0x2029) or 0xD800 <= code <= 0xDFFF
        for code in map(ord, text)
    )


def is_deep(value: object) -> bool:
    """Whether a value is nested more than ``MAX_DEPTH`` levels deep."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
        ]
        if not level:
            return False
    return any(isinstance(value, (dict, list)) for value in level)


def _problem(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos}"
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not UTF-8"
    if isinstance(error, UnicodeEncodeError):
        return "it holds half of a surrogate pair"
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    return str(error)
