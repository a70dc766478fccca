"""Which custom actions a folder has, by the names of its files; nothing of them is imported."""

from __future__ import annotations

import os
from collections.abc import Iterator

SUFFIX = "_action.py"


def action_files(folder: str) -> Iterator[str]:
    """The files of custom actions in a folder and below it."""
    seen: set[str] = set()  # links may lead back up
    for where, folders, files in os.walk(folder, followlinks=True):
        if os.path.realpath(where) in seen:
            folders.clear()
            continue
        seen.add(os.path.realpath(where))
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__pycache__")
        yield from (os.path.join(where, name) for name in sorted(files) if name.endswith(SUFFIX) and name != SUFFIX)


def action_types(folder: str) -> frozenset[str]:
    """The types that they stand for."""
    return frozenset(os.path.basename(path).removesuffix(SUFFIX) for path in action_files(folder))
