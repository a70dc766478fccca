"""Complaints as JSON, for scripts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from statemachine_internal.definition.checks.checking import Checked
from statemachine_internal.definition.diagnostics import Diagnostic, Severity
from statemachine_internal.definition.model import Position


def plain_json(found: Sequence[Checked]) -> str:
    """One map: the files with their complaints, and how many there are of each severity."""
    every = [diagnostic for checked in found for diagnostic in checked.diagnostics]
    counts = {f"{severity.value}s": sum(d.severity is severity for d in every) for severity in Severity}
    files = [{"file": checked.file, "diagnostics": list(map(_as_map, checked.diagnostics))} for checked in found]
    return json.dumps({"files": files, **counts}, ensure_ascii=False, indent=2) + "\n"


def _as_map(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        **_place(diagnostic.position),
        "message": diagnostic.message,
        "text": diagnostic.text,
        "hint": diagnostic.hint,
        "run": [{**_place(step.position), "text": step.text} for step in diagnostic.run],
    }


def _place(position: Position) -> dict[str, Any]:
    return {"file": position.file, "line": position.line, "column": position.column}
