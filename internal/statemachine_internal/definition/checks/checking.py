"""All checks over all files that are given together."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from statemachine_internal.actions.action_files import action_types
from statemachine_internal.definition.checks import (
    dead_ends,
    events_used,
    expected_states,
    self_loops,
    shadowed,
    targets,
    unknown_types,
    unreachable_states,
    unset_conditions,
    unset_lists,
    unset_placeholders,
    untaken_events,
)
from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.checks.places import Places
from statemachine_internal.definition.checks.runs import search
from statemachine_internal.definition.diagnostics import Diagnostic, Report
from statemachine_internal.definition.loading import Loaded, load

CONFIGURATIONS = 20_000

_OF_ONE: tuple[Callable[[Given], None], ...] = (
    unknown_types.check,
    unreachable_states.check,
    dead_ends.check,
    untaken_events.check,
    self_loops.check,
    shadowed.check,
)
_OF_ALL: tuple[Callable[[Given, Sequence[Given]], None], ...] = (
    events_used.check,
    unset_placeholders.check,
    unset_conditions.check,
    unset_lists.check,
    expected_states.check,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """A file, and all complaints about it: the loader's own first, as ``statemachine`` has them at the start."""

    file: str
    diagnostics: tuple[Diagnostic, ...]


def check(paths: Sequence[str], *, actions_dir: str | None = None, most: int = CONFIGURATIONS) -> list[Checked]:
    """Check files, each alone and all together.

    Args:
        paths: the definitions.
        actions_dir: where their custom actions are; None: ``actions/`` beside each, if it is there.
        most: how many configurations of the machines are looked at, for each group that exchange events.
    """
    loaded = {path: load(path) for path in dict.fromkeys(paths)}
    files = {path: given for path, result in loaded.items() if (given := _given(path, result, actions_dir)) is not None}
    together = list(files.values())
    for given in together:
        for check_one in _OF_ONE:
            check_one(given)
        for check_all in _OF_ALL:
            check_all(given, together)
        targets.check(given, together, complete=len(files) == len(loaded))
    search(together, most)
    return [
        Checked(
            file=path,
            diagnostics=result.diagnostics + (files[path].report.diagnostics() if path in files else ()),
        )
        for path, result in loaded.items()
    ]


def _given(path: str, loaded: Loaded, actions_dir: str | None) -> Given | None:
    definition = loaded.definition
    if definition is None or loaded.root is None:
        return None
    folder = actions_dir if actions_dir is not None else os.path.join(os.path.dirname(path), "actions")
    customs = action_types(folder) if os.path.isdir(folder) else None
    places = Places(loaded.root, definition.text)
    told = {diagnostic.text for diagnostic in loaded.diagnostics if diagnostic.code == "unknown-state"}
    return Given(definition=definition, places=places, customs=customs, report=Report(path), flagged=told)
