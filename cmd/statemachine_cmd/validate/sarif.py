"""Complaints as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/): code hosts show them at the lines."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from statemachine_internal.definition.checks.checking import Checked
from statemachine_internal.definition.diagnostics import Diagnostic, RunStep
from statemachine_internal.definition.model import Position
from statemachine_internal.version import VERSION

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(found: Sequence[Checked]) -> str:
    """One log with one run; a run of the machines becomes a code flow."""
    every = [diagnostic for checked in found for diagnostic in checked.diagnostics]
    codes = list(dict.fromkeys(diagnostic.code for diagnostic in every))
    driver = {"name": "statemachine-validate", "version": VERSION, "rules": [{"id": code} for code in codes]}
    run = {
        "tool": {"driver": driver},
        "artifacts": [{"location": {"uri": _uri(checked.file)}} for checked in found],
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, codes) for diagnostic in every],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _result(diagnostic: Diagnostic, codes: Sequence[str]) -> dict[str, Any]:
    hint = f"; {diagnostic.hint}" if diagnostic.hint else ""
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": diagnostic.severity.value,
        "message": {"text": diagnostic.message + hint},
        "locations": [_location(diagnostic.position)],
        "properties": {"text": diagnostic.text, "hint": diagnostic.hint},
    }
    if diagnostic.run:
        flow = {"locations": [{"location": _step(step)} for step in diagnostic.run]}
        result["codeFlows"] = [{"threadFlows": [flow]}]
    return result


def _step(step: RunStep) -> dict[str, Any]:
    return {**_location(step.position), "message": {"text": step.text}}


def _location(position: Position) -> dict[str, Any]:
    region = {"startLine": position.line, "startColumn": position.column}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(position.file)}, "region": region}}


def _uri(path: str) -> str:
    """A path as a URI reference; one that isn't absolute stays relative, as code hosts want it."""
    encoded = quote(os.fsencode(path))
    return f"file://{encoded}" if path.startswith("/") else encoded
