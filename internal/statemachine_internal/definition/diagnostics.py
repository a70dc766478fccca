"""Complaints about a definition: what, where, and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from statemachine_internal.definition.model import Position
from statemachine_internal.errors import ConfigurationError

MAX_COMPLAINTS = 100
_SHOWN = 60
_LONGEST_TEXT = 200


class Severity(Enum):
    """How bad a complaint is."""

    ERROR = "error"  # the definition can't be used
    WARNING = "warning"  # it can, but probably not as its author meant
    NOTE = "note"  # nothing is wrong as far as these files show; for statemachine-validate alone


@dataclass(frozen=True, kw_only=True, slots=True)
class RunStep:
    """One step of a run that shows a complaint to be true: what happens, and where that is written."""

    position: Position
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnostic:
    """One complaint. ``code`` is stable, ``text`` the offending text (its start), ``hint`` what to write instead.

    ``run`` is the shortest run of the machines that shows it, where it takes one.
    """

    severity: Severity
    position: Position
    code: str
    message: str
    text: str = ""
    hint: str = ""
    run: tuple[RunStep, ...] = ()

    def render(self) -> str:
        """One line: ``file:line:column: error[code]: message; hint``."""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.position}: {self.severity.value}[{self.code}]: {self.message}{hint}"


class DefinitionError(ConfigurationError):
    """A definition has errors; ``diagnostics`` holds all complaints, and ``str()`` is one line for each of them.

    The warnings are among them: one of a misspelt key may say why an error is there.
    """

    code = "definition"

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(d.render() for d in self.diagnostics))


class Spot(Protocol):
    """Anything that stands somewhere in the text; line and column count from 1."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Place:
    """A bare spot."""

    line: int
    column: int


def quoted(text: str) -> str:
    """``text`` in quotes, on one line, and cut where it is long."""
    cut = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return "'" + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut) + "'"


class Report:
    """Collects the complaints about one file: at most ``MAX_COMPLAINTS``, the rest is counted."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.failed = False
        self._found: list[Diagnostic] = []
        self._told: set[tuple[int, int, str, str]] = set()
        self._dropped = 0

    @property
    def full(self) -> bool:
        """Whether further complaints are counted only."""
        return len(self._found) >= MAX_COMPLAINTS

    def position(self, spot: Spot) -> Position:
        return Position(file=self.file, line=spot.line, column=spot.column)

    def error(self, spot: Spot, code: str, message: str, *, text: str = "", hint: str = "") -> None:
        self.failed = True
        self._add(Severity.ERROR, spot, code, message, text, hint)

    def warning(self, spot: Spot, code: str, message: str, *, text: str = "", hint: str = "") -> None:
        self._add(Severity.WARNING, spot, code, message, text, hint)

    def note(self, spot: Spot, code: str, message: str, *, text: str = "", hint: str = "") -> None:
        self._add(Severity.NOTE, spot, code, message, text, hint)

    def show(self, spot: Spot, code: str, message: str, run: tuple[RunStep, ...], *, text: str, hint: str) -> None:
        """A warning that a run of the machines shows to be true."""
        self._add(Severity.WARNING, spot, code, message, text, hint, run)

    def _add(
        self,
        severity: Severity,
        spot: Spot,
        code: str,
        message: str,
        text: str,
        hint: str,
        run: tuple[RunStep, ...] = (),
    ) -> None:
        key = (spot.line, spot.column, code, message)
        if key in self._told:
            return  # an alias leads to it once more
        self._told.add(key)
        if self.full and (severity is not Severity.ERROR or self._errors()):
            self._dropped += 1
            return
        self._found.append(
            Diagnostic(
                severity=severity,
                position=self.position(spot),
                code=code,
                message=message,
                text=text[:_LONGEST_TEXT],
                hint=hint,
                run=run,
            )
        )

    def _errors(self) -> bool:
        return any(d.severity is Severity.ERROR for d in self._found)

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All complaints in file order."""
        found = sorted(self._found, key=lambda d: (d.position.line, d.position.column))
        if self._dropped:
            last = found[-1].position
            message = f"{self._dropped} more complaints are not shown"
            found.append(
                Diagnostic(
                    severity=Severity.WARNING, position=last, code="more", message=message, hint="mend these first"
                )
            )
        return tuple(found)
