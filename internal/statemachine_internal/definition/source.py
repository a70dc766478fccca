"""From a path to a text: what can be said about a file before anyone reads YAML."""

from __future__ import annotations

import os
import re

from statemachine_internal.definition.diagnostics import Place, Report

MAX_BYTES = 4 * 1024 * 1024
_TOP = Place(1, 1)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_bytes(path: str, report: Report) -> bytes | None:
    """The bytes of the file, or None and a complaint."""
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        report.error(_TOP, "file-missing", "there is no such file", text=path, hint="check the path")
        return None
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the path
        reason = getattr(problem, "strerror", None) or str(problem)
        hint = "name the files in it" if isinstance(problem, IsADirectoryError) else "give a readable YAML file"
        report.error(_TOP, "file-unreadable", f"can't be read: {reason}", text=path, hint=hint)
        return None
    return data if check_size(data, report) else None


def _open_at_once(path: str, flags: int) -> int:
    """Open a file; a pipe that nobody writes to is empty, and not waited for."""
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    return descriptor


def check_size(data: bytes, report: Report) -> bool:
    """Whether there is not too much of it; else a complaint."""
    if len(data) <= MAX_BYTES:
        return True
    message = f"the file has more than {MAX_BYTES} bytes"
    report.error(_TOP, "file-too-large", message, text=report.file, hint="split the definition")
    return False


def decode(data: bytes, report: Report) -> str | None:
    """The bytes as text, or None and a complaint."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before = data[: problem.start].decode("utf-8-sig", "replace")
        bad = data[problem.start]
        report.error(
            place_of(before, len(before)),
            "not-utf8",
            f"byte 0x{bad:02x} is not UTF-8",
            text=f"0x{bad:02x}",
            hint="save the file as UTF-8",
        )
        return None


def check_characters(text: str, report: Report) -> bool:
    """Whether YAML allows every character of ``text``; a complaint about the first that it doesn't."""
    found = _UNPRINTABLE.search(text)
    if found is None:
        return True
    code = ord(found.group())
    name = "a NUL character" if code == 0 else f"the character U+{code:04X}"
    report.error(
        place_of(text, found.start()),
        "control-character",
        f"{name} is not allowed in YAML",
        text=f"U+{code:04X}",
        hint='remove it, or write it as an escape in double quotes, such as "\\x1b"',
    )
    return False


def place_of(text: str, offset: int) -> Place:
    """Line and column of ``text[offset]``."""
    start = text.rfind("\n", 0, offset) + 1
    return Place(text.count("\n", 0, offset) + 1, offset - start + 1)
