"""Diagrams as files; each is there whole, or as it was before."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

from statemachine_internal.diagram import mermaid
from statemachine_internal.diagram.graph import Graph
from statemachine_internal.diagram.parts import METADATA, metadata, part_of, parts_of
from statemachine_internal.errors import StateMachineError


class NotWritten(StateMachineError):
    """A diagram can't be put where it should be."""

    code = "not_written"

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"can't write {path}: {reason}; choose another place, or make room there")


def write_folder(folder: str, machine: str, graph: Graph, digest: str) -> Iterator[str]:
    """Write a Mermaid file for each part, and ``metadata.json`` last; yields their paths as they come.

    Raises:
        NotWritten: the folder or a file can't be made.
    """
    found = metadata(machine, graph)
    for part, told in zip(parts_of(graph), found["parts"], strict=True):
        drawn = part_of(graph, part.name)
        assert drawn is not None
        told["file"] = f"{part.name}{mermaid.SUFFIX}"
        yield write(os.path.join(folder, told["file"]), mermaid.render(drawn))
    found["definition_hash"] = digest
    text = json.dumps(found, ensure_ascii=False, indent=2) + "\n"
    yield write(os.path.join(folder, f"{METADATA}.json"), text)


def write(path: str, text: str) -> str:
    """Put ``text`` into the file at ``path``, which is replaced; its folder is made. Returns the path.

    Raises:
        NotWritten: that failed.
    """
    target = os.path.realpath(path)  # a link stays one
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # such as /dev/stdout, which may lead to no path
            _fill(path, text, os.O_WRONLY)
            return path
        os.makedirs(os.path.dirname(target), exist_ok=True)
        beside = f"{target}.{os.getpid()}.part"
        try:
            _fill(beside, text, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.replace(beside, target)
        except BaseException:
            if os.path.exists(beside):
                os.unlink(beside)
            raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise NotWritten(path, getattr(error, "strerror", None) or str(error)) from error
    return path


def encoded(text: str) -> bytes:
    """As all diagrams are written. What of a file's name is no text becomes an escape, which JSON knows too."""
    return text.encode("utf-8", "backslashreplace")


def _fill(path: str, text: str, flags: int) -> None:
    with open(os.open(path, flags, 0o666), "wb") as file:
        file.write(encoded(text))
