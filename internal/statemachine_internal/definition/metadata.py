"""The names of a machine: ``name``, ``metadata.name``, ``metadata.machine_name``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from statemachine_internal.definition.diagnostics import Report, quoted
from statemachine_internal.definition.fields import text_of
from statemachine_internal.definition.nodes import Map, Scalar, plain_data

# The name of a machine is also that of its unit, socket and lock.
_MACHINE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
_TEXTS = ("name", "machine_name", "version", "job_type")


def read_metadata(node: Map | None, report: Report) -> Mapping[str, Any]:
    """``metadata`` as plain data. What names something stays text: version 1.10 is not 1.1."""
    found: dict[str, Any] = {}
    for key, value in node.entries if node else ():
        as_text = key.text in _TEXTS and not (isinstance(value, Scalar) and value.null)
        found[key.text] = text_of(value, f"'{key.text}'", report) if as_text else plain_data(value)
        if key.text == "machine_name" and found[key.text] is not None and not _MACHINE_NAME.fullmatch(found[key.text]):
            message = f"{quoted(found[key.text])} can't be the name of a machine"
            hint = "use up to 64 letters, digits, '_', '-' and '.', a letter or digit first"
            report.error(value, "bad-machine-name", message, text=found[key.text], hint=hint)
    return found
