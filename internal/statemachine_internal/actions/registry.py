"""Which class does an action of which type, and how it comes to its configuration."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from statemachine_internal.actions.base import BaseAction, InstantAction
from statemachine_internal.actions.custom import CustomActions, UnusableAction
from statemachine_internal.definition.catalog import MULTI_STEP
from statemachine_internal.definition.diagnostics import DefinitionError, Diagnostic, Report
from statemachine_internal.definition.model import ActionSpec, MachineDefinition, State, Transition
from statemachine_internal.definition.suggest import did_you_mean, listed
from statemachine_internal.errors import ConfigurationError
from statemachine_internal.interpolation import interpolate

_HERE = "statemachine_internal.actions"

# A type's module and class; imported when a definition uses it.
BUILT_INS: Mapping[str, tuple[str, str]] = {
    "activity_log": (f"{_HERE}.log", "LogAction"),
    "add_job": (f"{_HERE}.add_job", "AddJobAction"),
    "add_to_list": (f"{_HERE}.lists", "AddToListAction"),
    "bash": (f"{_HERE}.bash", "BashAction"),
    "check_database_queue": (f"{_HERE}.check_database_queue", "CheckDatabaseQueueAction"),
    "check_events": (f"{_HERE}.check_events", "CheckEventsAction"),
    "check_machine_state": (f"{_HERE}.check_machine_state", "CheckMachineStateAction"),
    "claim_job": (f"{_HERE}.check_database_queue", "ClaimJobAction"),
    "clear_events": (f"{_HERE}.clear_events", "ClearEventsAction"),
    "complete_job": (f"{_HERE}.finish_job", "CompleteJobAction"),
    "emit": (f"{_HERE}.emit", "EmitAction"),
    "fail_job": (f"{_HERE}.finish_job", "FailJobAction"),
    "get_pending_jobs": (f"{_HERE}.get_pending_jobs", "GetPendingJobsAction"),
    "log": (f"{_HERE}.log", "LogAction"),
    "pop_from_list": (f"{_HERE}.lists", "PopFromListAction"),
    "send_event": (f"{_HERE}.send_event", "SendEventAction"),
    "set_context": (f"{_HERE}.set_context", "SetContextAction"),
    "sleep": (f"{_HERE}.sleep", "SleepAction"),
    "start_fsm": (f"{_HERE}.start_fsm", "StartFsmAction"),
    "wait_for_jobs": (f"{_HERE}.wait_for_jobs", "WaitForJobsAction"),
}


class ActionsUnusable(DefinitionError):
    """A definition uses actions that aren't there, or that can't be loaded.

    ``diagnostics`` has one complaint for each type; ``tracebacks`` are the users' parts of the import errors, and
    ``__cause__`` is the first of these errors.
    """

    code = "actions"

    def __init__(self, diagnostics: tuple[Diagnostic, ...], tracebacks: tuple[str, ...]) -> None:
        self.tracebacks = tracebacks
        super().__init__(diagnostics)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How to make the action of one spec. The spec is held so that no other one gets its ``id``."""

    spec: ActionSpec
    action: type[BaseAction]
    custom: bool
    filled: tuple[str, ...]  # the keys that have a brace in them
    ready: BaseAction | None  # the object that serves every run, where nothing differs between them


class Registry:
    """The actions that a machine can use: the built-in ones, and over them the custom ones of a folder.

    A registry stands for the folder as it was when it was made; a reload makes a new one.

    Args:
        actions_dir: the folder of custom actions: absolute, from the working directory, or with ``~``.
        default_dir: the folder to take where ``actions_dir`` is None; it needn't exist.

    Raises:
        ConfigurationError: ``actions_dir`` is no folder.
    """

    def __init__(self, actions_dir: str | None = None, *, default_dir: str | None = None) -> None:
        self._folder = _folder(actions_dir, default_dir)
        self._custom = CustomActions(self._folder) if self._folder is not None else None
        self._default_dir = default_dir
        self._classes: dict[str, type[BaseAction]] = {}
        self._plans: dict[int, _Plan] = {}

    @property
    def types(self) -> list[str]:
        """All types of action that it knows."""
        return sorted({*BUILT_INS, *(self._custom.types if self._custom else ())})

    def check(self, definition: MachineDefinition) -> None:
        """Load every action that a definition uses, and nothing else.

        Raises:
            ActionsUnusable: with a complaint for each type that can't be used.
        """
        report = Report(definition.file)
        causes: list[UnusableAction] = []
        seen: set[str] = set()
        for spec in _actions(definition):
            if spec.type in seen:
                continue
            seen.add(spec.type)
            try:
                self._class(spec.type)
            except UnusableAction as error:
                causes.append(error)
                hint = error.hint
                if error.code == "unknown-action":
                    hint = "; ".join(filter(None, (did_you_mean(spec.type, [*self.types, MULTI_STEP], report), hint)))
                report.error(spec.position, error.code, str(error), text=spec.type, hint=hint)
        if report.failed:
            tracebacks = tuple(error.traceback_text for error in causes if error.traceback_text)
            first = next((error.__cause__ for error in causes if error.__cause__ is not None), None)
            raise ActionsUnusable(report.diagnostics(), tracebacks) from first

    def is_instant(self, spec: ActionSpec) -> bool:
        """Whether the action runs inside the step's transaction."""
        return issubclass(self._plan(spec).action, InstantAction)

    def create(self, spec: ActionSpec, names: Mapping[str, Any]) -> BaseAction:
        """The action of a spec, with the placeholders of its configuration filled in from ``names``.

        Raises:
            ConfigurationError: the action can't be loaded; ``check`` says so at start.
            InterpolationError: a value can't be written into a text.
        """
        plan = self._plan(spec)
        if plan.ready is not None:
            return plan.ready
        config = dict(spec.config)
        for key in plan.filled:
            config[key] = _fill(key, config[key], plan.action.raw, names)
        # Users may change what they are given; neither the definition nor the context may change with it.
        return plan.action(_copied(config) if plan.custom else config)

    def _plan(self, spec: ActionSpec) -> _Plan:
        plan = self._plans.get(id(spec))
        if plan is None:
            plan = self._plans[id(spec)] = self._make_plan(spec)
        return plan

    def _make_plan(self, spec: ActionSpec) -> _Plan:
        action = self._class(spec.type)
        custom = self._is_custom(spec.type)
        filled = tuple(key for key, value in spec.config.items() if key not in action.raw and _has_brace(value))
        instant = issubclass(action, InstantAction)
        ready = action(spec.config) if instant and not custom and not filled else None
        return _Plan(spec, action, custom, filled, ready)

    def _class(self, type_name: str) -> type[BaseAction]:
        found = self._classes.get(type_name)
        if found is None:
            found = self._classes[type_name] = self._load(type_name)
        return found

    def _load(self, type_name: str) -> type[BaseAction]:
        if self._custom is not None and self._custom.has(type_name):
            return self._custom.load(type_name)
        if type_name in BUILT_INS:
            module, name = BUILT_INS[type_name]
            action: type[BaseAction] = getattr(importlib.import_module(module), name)
            return action
        raise UnusableAction("unknown-action", f"there is no action '{type_name}'", hint=self._looked(type_name))

    def _is_custom(self, type_name: str) -> bool:
        return self._custom is not None and self._custom.has(type_name)

    def _looked(self, type_name: str) -> str:
        built_in = f"the built-in ones are {', '.join(sorted({*BUILT_INS, MULTI_STEP}))}"
        if self._folder is not None:
            own = self._custom.types if self._custom else []
            there = f" (it has {listed(own)})" if own else ""
            return f"{built_in}; a custom one would be {type_name}_action.py in {self._folder} or below it{there}"
        if self._default_dir is not None:
            default = os.path.abspath(self._default_dir)
            return (
                f"{built_in}; a custom one would be in {default}, which isn't there: name its folder with --actions-dir"
            )
        return f"{built_in}; name the folder of custom ones with --actions-dir"


def _folder(actions_dir: str | None, default_dir: str | None) -> str | None:
    if actions_dir is not None:
        folder = os.path.abspath(os.path.expanduser(actions_dir))
        if not os.path.isdir(folder):
            raise ConfigurationError(
                f"--actions-dir {actions_dir}: {folder} is no folder; name the one that has the *_action.py files"
            )
        return folder
    if default_dir is not None and os.path.isdir(default_dir):
        return os.path.abspath(default_dir)
    return None


def _actions(definition: MachineDefinition) -> list[ActionSpec]:
    """All actions in the order of the file, so that a complaint stands where its type is used first."""
    owners: list[State | Transition] = [*definition.states.values(), *definition.transitions]
    actions = [spec for owner in owners for spec in owner.actions]
    return sorted(actions, key=lambda spec: (spec.position.line, spec.position.column))


def _has_brace(value: object) -> bool:
    if isinstance(value, str):
        return "{" in value
    if isinstance(value, Mapping):
        return any(map(_has_brace, value.values()))
    return isinstance(value, (list, tuple)) and any(map(_has_brace, value))


def _fill(key: str, value: Any, raw: frozenset[str], names: Mapping[str, Any]) -> Any:
    if key == "params" and isinstance(value, Mapping):
        return {inner: item if inner in raw else interpolate(item, names) for inner, item in value.items()}
    return interpolate(value, names)


def _copied(value: Any) -> Any:
    """Maps and lists anew, and in them the same values."""
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copied(item) for item in value]
    return value
