"""An action as it is written: keys flat, or under ``params``; flat wins."""

from __future__ import annotations

from collections.abc import Iterator

from statemachine_internal.definition.diagnostics import Report
from statemachine_internal.definition.nodes import Map, Node, Scalar, is_null, kind, shown

_NOT_MERGED = ("type", "params")


class ActionMap:
    """The keys of one action. ``flat`` and ``merged`` hold what isn't null."""

    def __init__(self, node: Map, report: Report) -> None:
        self.node = node
        self.flat = {key.text: value for key, value in node.entries if not is_null(value)}
        params = self.flat.get("params")
        self.params = params if isinstance(params, Map) else None
        if params is not None and self.params is None:
            message = f"'params' must be a map, not {kind(params)}"
            report.error(params, "wrong-type", message, text=shown(params), hint="write params: {key: value}")
        self.merged = {key.text: value for key, value in self.entries() if not is_null(value)}

    def entries(self) -> Iterator[tuple[Scalar, Node]]:
        """Keys and values, flat ones over those of ``params``, without ``type`` and ``params`` themselves."""
        mine = {key.text for key, _ in self.node.entries}
        for key, value in self.params.entries if self.params else ():
            if key.text not in mine and key.text not in _NOT_MERGED:
                yield key, value
        for key, value in self.node.entries:
            if key.text not in _NOT_MERGED:
                yield key, value

    def written_keys(self) -> Iterator[tuple[Scalar, bool]]:
        """Every key as written, and whether it stands in ``params``."""
        for key, _ in self.node.entries:
            yield key, False
        for key, _ in self.params.entries if self.params else ():
            yield key, True
