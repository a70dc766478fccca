"""What a machine is made from: its definition, its name, its actions, as the options say."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from statemachine_internal.actions.base import as_json
from statemachine_internal.actions.registry import Registry
from statemachine_internal.control.addresses import check_machine_name
from statemachine_internal.definition import DefinitionError, Severity, load
from statemachine_internal.definition.model import MachineDefinition
from statemachine_internal.errors import UsageError
from statemachine_internal.runtime.options import Options


def read_definition(path: str) -> tuple[MachineDefinition, list[str]]:
    """The definition and its warnings, a line each. Raises DefinitionError with all its errors."""
    loaded = load(path)
    if loaded.definition is None:
        raise DefinitionError(loaded.diagnostics)
    return loaded.definition, [d.render() for d in loaded.diagnostics if d.severity is Severity.WARNING]


def machine_name(options: Options, definition: MachineDefinition) -> str:
    """The name that was asked for, else the definition's, else the file's stem."""
    stem = os.path.splitext(os.path.basename(options.config))[0]
    return check_machine_name(options.machine_name or definition.machine_name or stem)


def make_registry(options: Options, definition: MachineDefinition) -> Registry:
    """The actions of a definition, looked at before the first of them is needed."""
    beside = os.path.join(os.path.dirname(os.path.abspath(options.config)), "actions")
    registry = Registry(options.actions_dir, default_dir=beside)
    registry.check(definition)
    return registry


def check_context(context: Mapping[str, Any]) -> None:
    """Refuse an initial context that the database can't hold."""
    for key, value in context.items():
        if as_json(value) is None:
            kind = type(value).__name__
            raise UsageError(
                f"--initial-context: {key!r} holds a {kind} that JSON can't carry; use text, numbers, lists, maps"
            )
