"""From a YAML text to a ``MachineDefinition``, with every complaint at its line and column.

::

    path ── source ──▶ text ── reader ──▶ nodes ── assembly ──▶ MachineDefinition
                         │       │          │
                         └───────┴──────────┴── report ───────▶ Diagnostic, Diagnostic, …

- ``source`` reads and decodes the file.
- ``reader`` builds nodes that know where they stand, out of the parser's events; ``merge`` takes in merge keys, refuses
  duplicate ones, ``scalars`` says what a plain scalar means (YAML 1.2), ``syntax`` puts broken YAML into plain words.
- ``assembly`` has each part read (``states``, ``events``, ``transitions``, ``actions``, ``metadata``), then checks what
  the parts say of each other (``endings``, ``shadowing``, ``groups``).
- ``condition`` compiles ``when``; ``catalog`` lists the built-in actions.
- ``model`` holds the values that come out; to run a machine, nothing else is needed.

Nothing here raises for what a file says: complaints are collected in a ``Report``, and all are told together.
"""

from statemachine_internal.definition.condition import Expression, parse_condition
from statemachine_internal.definition.diagnostics import DefinitionError, Diagnostic, Severity
from statemachine_internal.definition.loading import Loaded, load, load_definition, parse
from statemachine_internal.definition.model import (
    ActionSpec,
    Condition,
    EventSpec,
    MachineDefinition,
    OnUnhandled,
    Position,
    Retry,
    State,
    Transition,
)
from statemachine_internal.definition.tokens import ConditionError

__all__ = [
    "ActionSpec",
    "Condition",
    "ConditionError",
    "DefinitionError",
    "Diagnostic",
    "EventSpec",
    "Expression",
    "Loaded",
    "MachineDefinition",
    "OnUnhandled",
    "Position",
    "Retry",
    "Severity",
    "State",
    "Transition",
    "load",
    "load_definition",
    "parse",
    "parse_condition",
]
