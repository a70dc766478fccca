"""Complaints for people: one line each, runs below them, and a last line that counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from statemachine_internal.definition.checks.checking import Checked
from statemachine_internal.definition.diagnostics import Diagnostic, Severity
from statemachine_internal.service.printable import printable

_COLORS = {Severity.ERROR: "\x1b[31m", Severity.WARNING: "\x1b[33m", Severity.NOTE: "\x1b[36m"}
_PLAIN = "\x1b[0m"
_DIM = "\x1b[2m"


def human(found: Sequence[Checked], *, color: bool, quiet: bool) -> str:
    """The text; ``quiet`` leaves out the last line."""
    lines = [line for checked in found for diagnostic in checked.diagnostics for line in _lines(diagnostic, color)]
    if not quiet:
        lines.append(_summary(found))
    return "".join(f"{line}\n" for line in lines)


def _lines(diagnostic: Diagnostic, color: bool) -> Iterator[str]:
    line = printable(diagnostic.render())  # a file's name may hold anything
    label = f"{diagnostic.severity.value}[{diagnostic.code}]"
    yield line.replace(label, f"{_COLORS[diagnostic.severity]}{label}{_PLAIN}", 1) if color else line
    for number, step in enumerate(diagnostic.run, 1):
        text = printable(f"    {number:2}. {step.text}  ({step.position.file}:{step.position.line})")
        yield f"{_DIM}{text}{_PLAIN}" if color else text


def _summary(found: Sequence[Checked]) -> str:
    counts = [
        (sum(d.severity is severity for checked in found for d in checked.diagnostics), severity.value)
        for severity in Severity
    ]
    said = ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count)
    return f"{len(found)} {'file' if len(found) == 1 else 'files'}: {said or 'nothing to complain of'}"
