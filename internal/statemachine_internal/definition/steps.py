"""``multi_step``, spread out into a flat list: the engine's cursor then stands at one step, and resumes there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from statemachine_internal.definition.action_map import ActionMap
from statemachine_internal.definition.catalog import built_in
from statemachine_internal.definition.diagnostics import Report, quoted
from statemachine_internal.definition.engine_keys import EngineKeys
from statemachine_internal.definition.fields import name_of
from statemachine_internal.definition.model import ActionSpec
from statemachine_internal.definition.nodes import List, Map, Node, Scalar, kind, shown

_STEPS = "write steps: and under it '- make', or '- type: log' with its keys"
_Read = Callable[[Map, Report], tuple[ActionSpec, ...]]


def spread(action: ActionMap, engine: EngineKeys, read_action: _Read, report: Report) -> tuple[ActionSpec, ...]:
    """The steps, with the ``error`` and ``when`` of the whole where they have none, and at last what emits ``success``.

    A step that fails passes over all that follow it here.
    """
    _refuse_step_keys(action, report)
    specs = [step for item in _steps(action, report) for step in _read_step(item, read_action, report)]
    success = action.merged.get("success")
    event = name_of(success, "'success'", report) if success is not None else None
    if event is not None:
        specs.append(
            ActionSpec(type="emit", config={"type": "emit", "event": event}, position=report.position(action.node))
        )
    last = len(specs) - 1
    return tuple(
        replace(spec, error=spec.error or engine.error, when=spec.when or engine.when, skip_on_failure=last - index)
        for index, spec in enumerate(specs)
    )


def _refuse_step_keys(action: ActionMap, report: Report) -> None:
    for key in ("retry", "timeout"):
        node = action.merged.get(key)
        if node is not None:
            message = f"{quoted(key)} of a multi_step is without effect"
            report.warning(node, "step-key", message, text=shown(node), hint=f"give {quoted(key)} to its steps")


def _steps(action: ActionMap, report: Report) -> list[Node]:
    node = action.merged.get("steps")
    if node is None:
        return []  # the missing key was complained of already
    if not isinstance(node, List):
        report.error(node, "wrong-type", f"'steps' must be a list, not {kind(node)}", text=shown(node), hint=_STEPS)
        return []
    return node.items


def _read_step(node: Node, read_action: _Read, report: Report) -> tuple[ActionSpec, ...]:
    if isinstance(node, Map):
        return tuple(_silenced(spec) for spec in read_action(node, report))
    if isinstance(node, Scalar) and not node.null:
        config = {"type": "bash", "command": node.text, "success": ""}
        return (ActionSpec(type="bash", config=config, position=report.position(node)),)
    report.error(node, "wrong-type", f"a step must be an action or a shell line, not {kind(node)}", hint=_STEPS)
    return ()


def _silenced(spec: ActionSpec) -> ActionSpec:
    """A step without ``success`` emits nothing, so that the next one runs: ``success: ""`` says so to built-ins."""
    known = built_in(spec.type)
    emits = known is not None and (known.success is not None or bool(known.emits))
    if not emits or spec.config.get("success") is not None:
        return spec
    return replace(spec, config={**spec.config, "success": ""})
