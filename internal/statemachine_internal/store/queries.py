"""Named SQL: the files under ``queries/`` hold statements headed by ``-- name: NAME``."""

from __future__ import annotations

import os

_HERE = os.path.dirname(__file__)
_MARK = "-- name: "


class Queries:
    """The statements of one file, as attributes: ``Queries("inbox").pending``.

    The text is fixed, so that statements stay prepared.
    """

    def __init__(self, name: str) -> None:
        with open(os.path.join(_HERE, "queries", name + ".sql"), encoding="utf-8") as file:
            text = file.read()
        for block in text.split(_MARK)[1:]:
            head, _, body = block.partition("\n")
            setattr(self, head.strip(), body.strip().rstrip(";"))

    def __getattr__(self, name: str) -> str:
        raise AttributeError(f"no query is called '{name}'")
