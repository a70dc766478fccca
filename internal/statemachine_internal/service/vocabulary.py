"""What the parts of a record are called: in Python, in the journal, and on a terminal. This is the only table of it.

structlog keeps a record's text under the key ``event``. The event that a machine takes is therefore
the key ``trigger``.
"""

from __future__ import annotations

import json
from typing import Final, NamedTuple


class Level(NamedTuple):
    """How urgent a record is."""

    priority: str
    """syslog(3)'s number, for PRIORITY=."""
    label: str
    """The word on a terminal."""
    colour: str
    """SGR parameters (ECMA-48)."""


LEVELS: Final = {
    "debug": Level("7", "DEBUG", "2"),
    "info": Level("6", "INFO", "36"),
    "success": Level("5", "SUCCESS", "32"),  # between info and warning, where syslog has "notice"
    "warning": Level("4", "WARNING", "33"),
    "error": Level("3", "ERROR", "31"),
    "critical": Level("2", "CRITICAL", "1;31"),
}

TEXT: Final = "event"
"""The key of the record's text."""
LEVEL: Final = "level"
"""A level that structlog has no method for overrides the method's."""
EXCEPTION: Final = "exc_info"
TRACEBACK: Final = "traceback"
MESSAGE_ID: Final = "message_id"

PREFIX: Final = "STATEMACHINE_"
_FIELD_MAX: Final = 64  # journald drops fields with longer names
_CACHED_MAX: Final = 512  # so that names made from data can't fill the memory

TERMINAL_NAMES: Final = {"trigger": "event"}
"""Keys that have another name on a terminal; all others keep theirs."""


class _JournalNames(dict[str, str]):
    def __missing__(self, key: str) -> str:
        name = "".join([c if c.isascii() and c.isalnum() else "_" for c in f"{PREFIX}{key}".upper()])[:_FIELD_MAX]
        if len(self) < _CACHED_MAX:
            self[key] = name
        return name


JOURNAL_NAMES: Final = _JournalNames(
    {
        MESSAGE_ID: "MESSAGE_ID",
        "machine": "STATEMACHINE_MACHINE",
        "state": "STATEMACHINE_STATE",
        "trigger": "STATEMACHINE_EVENT",
        "job_id": "STATEMACHINE_JOB_ID",
        "event_id": "STATEMACHINE_EVENT_ID",
        "action": "STATEMACHINE_ACTION",
        TRACEBACK: "STATEMACHINE_TRACEBACK",
    }
)
"""Key → journal field. Other keys are upper-cased after ``STATEMACHINE_``, with ``_`` for what no name can have."""


def as_text(value: object) -> str:
    """A field's value as text: JSON for maps, lists and booleans, ``str`` for the rest. Never raises."""
    try:
        if isinstance(value, str):
            return value if type(value) is str else str(value)
        if isinstance(value, bytes | bytearray):
            return value.decode("utf-8", "surrogateescape")
        if isinstance(value, bool | dict | list | tuple):
            return json.dumps(value, ensure_ascii=False, default=str)
        return str(value)
    except Exception:  # noqa: BLE001 - a custom action may log any object, and its __str__ is not ours
        return f"<{type(value).__name__} without a text>"


def traceback_text(exc_info: object) -> str | None:
    """The traceback that structlog's ``exc_info`` means (True, an exception, a ``sys.exc_info()`` tuple), or None."""
    if not exc_info:
        return None
    import sys
    import traceback

    if isinstance(exc_info, BaseException):
        error: object = exc_info
    elif isinstance(exc_info, tuple) and len(exc_info) == 3:
        error = exc_info[1]
    else:
        error = sys.exc_info()[1] if exc_info else None
    if not isinstance(error, BaseException):
        return None
    try:
        return "".join(traceback.format_exception(error)).rstrip("\n")
    except Exception:  # noqa: BLE001 - as above: the exception may be anybody's
        return f"<{type(error).__name__} without a traceback>"
