"""Checks: functions that run inside the booted system, each of which promises one thing.

A module of checks lists them in the order in which they run. The host imports the same modules to know what there will
be to report, so they import nothing but the standard library.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Body = Callable[[], Any]

BOOTS: dict[str, list[list[str]]] = {
    "use": [["installing", "using", "rights", "asking", "faults", "resting", "removing"]],
    "start": [["installing", "starting"]],
    "docs": [["documented"]],
    "load": [["installing", "load", "upgrade", "reboot_before"], ["reboot_after"], ["sudden_end_after"]],
}
"""The systems: for each its boots, one after the other, and for each boot the modules whose checks it runs."""

UNPLUG = Path("/checks/unplug")
"""While this file is there, a boot ends as if the plug were pulled, not in order."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check: its module and name, the rows of the requirements that it proves, and its promise."""

    module: str
    name: str
    rows: tuple[str, ...]
    body: Body
    vital: bool

    @property
    def id(self) -> str:
        """How it is called in reports."""
        return f"{self.module}-{self.name}"


def check(*rows: str, vital: bool = False) -> Callable[[Body], Body]:
    """Make a check of a function. Without a ``vital`` one, those after it in the same system can't be run."""

    def register(body: Body) -> Body:
        module = body.__module__.rpartition(".")[2]
        found = Check(module=module, name=body.__name__, rows=rows, body=body, vital=vital)
        _CHECKS.setdefault(module, []).append(found)
        return body

    return register


def checks_of(module: str) -> list[Check]:
    """The checks of a module, in their order."""
    importlib.import_module(f"{__package__}.{module}")
    return _CHECKS[module]


_CHECKS: dict[str, list[Check]] = {}
