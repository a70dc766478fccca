"""Lists of actions: what is written → ActionSpec."""

from __future__ import annotations

import re
from typing import Any

from statemachine_internal.definition.action_map import ActionMap
from statemachine_internal.definition.action_values import check_values
from statemachine_internal.definition.catalog import COMMON_KEYS, MULTI_STEP, BuiltIn, built_in
from statemachine_internal.definition.diagnostics import Report, quoted
from statemachine_internal.definition.engine_keys import ENGINE_KEYS, read_engine_keys
from statemachine_internal.definition.fields import warn_unknown_key
from statemachine_internal.definition.model import ActionSpec
from statemachine_internal.definition.nodes import List, Map, Node, Scalar, is_null, kind, plain_data, scalars_in, shown
from statemachine_internal.definition.steps import spread
from statemachine_internal.definition.suggest import misspelt

_TYPE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)
_SYNONYMS = {"msg": "message", "cmd": "command", "script": "command", "run": "command", "seconds": "duration"}


def read_actions(node: Node, owner: str, report: Report) -> tuple[ActionSpec, ...]:
    """The actions in the list ``node``; ``owner`` is whose they are, for messages."""
    if is_null(node):
        return ()
    if not isinstance(node, List):
        message = f"the actions of {owner} must be a list, not {kind(node)}"
        hint = (
            "put '- ' before each action" if isinstance(node, Map) else "write '- type: bash' and under it 'command: …'"
        )
        report.error(node, "wrong-type", message, text=shown(node), hint=hint)
        return ()
    return tuple(spec for item in node.items for spec in _read_item(item, report))


def _read_item(item: Node, report: Report) -> tuple[ActionSpec, ...]:
    if isinstance(item, Map):
        return read_action(item, report)
    if isinstance(item, Scalar) and not item.null:
        message = "an action must be a map with 'type', not a bare text"
        hint = f"write '- type: bash' and under it 'command: {item.text[:40]}'"
        report.error(item, "bare-action", message, text=item.text, hint=hint)
    else:
        message = f"an action must be a map with 'type', not {kind(item)}"
        report.error(item, "wrong-type", message, hint="write '- type: log' and its keys under it")
    return ()


def read_action(node: Map, report: Report) -> tuple[ActionSpec, ...]:
    """The action in ``node``: one, or the steps of a ``multi_step``, or none and complaints."""
    action = ActionMap(node, report)
    type_name = _type_of(action, report)
    if type_name is None:
        return ()
    known = built_in(type_name)
    if known is not None:
        _check_keys(type_name, known, action, report)
    engine = read_engine_keys(action.merged, report, failure_is_error=type_name in ("bash", MULTI_STEP))
    if type_name == MULTI_STEP:
        return spread(action, engine, read_action, report)
    spec = ActionSpec(
        type=type_name,
        config=_config(type_name, known is not None, action),
        position=report.position(node),
        retry=engine.retry,
        timeout=engine.timeout,
        error=engine.error,
        when=engine.when,
    )
    return (spec,)


def _type_of(action: ActionMap, report: Report) -> str | None:
    node = action.flat.get("type")
    if node is None:
        keys = [key.text for key, _ in action.node.entries]
        hint = misspelt(("type",), keys, COMMON_KEYS, {}, report) or "write '- type: log' with its keys under it"
        report.error(action.node, "missing-key", "an action needs 'type'", text=", ".join(keys), hint=hint)
        return None
    if not isinstance(node, Scalar) or not _TYPE.fullmatch(node.text):
        message = (
            f"{quoted(shown(node))} is no type of action"
            if isinstance(node, Scalar)
            else f"'type' can't be {kind(node)}"
        )
        report.error(node, "bad-type", message, text=shown(node), hint="use letters, digits, '_', '-' and '.'")
        return None
    return node.text


def _config(type_name: str, ours: bool, action: ActionMap) -> dict[str, Any]:
    """What the action sees. The engine's keys are taken out of ours; custom actions keep what was written."""
    hidden = ENGINE_KEYS - {"timeout"} if type_name == "bash" else ENGINE_KEYS
    config: dict[str, Any] = {
        key.text: plain_data(value) for key, value in action.entries() if not (ours and key.text in hidden)
    }
    config["type"] = type_name
    if action.params is not None:
        config["params"] = plain_data(action.params)
    return config


def _check_keys(type_name: str, known: BuiltIn, action: ActionMap, report: Report) -> None:
    keys = known.keys | {"type", "params", "description", "name"} | ENGINE_KEYS
    texts: list[str] | None = None
    for key, in_params in action.written_keys():
        if key.text in keys:
            continue
        if in_params:  # a key of params may also be a value of its own that a text of the action asks for
            texts = [text.text for text in scalars_in(action.node)] if texts is None else texts
            if any("{" + key.text in text for text in texts):
                continue
        warn_unknown_key(key, keys, f"the action {quoted(type_name)}", report, _SYNONYMS)
    for group in known.required:
        if not any(name in action.merged for name in group) and not _as_params_type(type_name, group, action):
            names = " or ".join(f"'{name}'" for name in group)
            message = f"the action {quoted(type_name)} needs {names}"
            written = [key.text for key, _ in action.written_keys()]
            hint = misspelt(group, written, keys, _SYNONYMS, report) or f"for example {known.example}"
            report.error(action.node, "missing-key", message, text=type_name, hint=hint)
    for _, value in action.entries():
        _warn_bare_placeholders(value, report)
    check_values(known, action.merged, report)


def _as_params_type(type_name: str, group: tuple[str, ...], action: ActionMap) -> bool:
    """``params: {type: …}`` of send_event is the event's type; flat, ``type`` is the action's."""
    return (
        type_name == "send_event"
        and "event_type" in group
        and action.params is not None
        and bool(action.params.get("type"))
    )


def _warn_bare_placeholders(node: Node, report: Report) -> None:
    """``payload: {id}`` is a map with one key and no value, where ``"{id}"`` was meant."""
    if isinstance(node, Scalar):
        return
    children = node.items if isinstance(node, List) else [value for _, value in node.entries]
    if isinstance(node, Map) and node.flow and len(children) == 1 and isinstance(children[0], Scalar):
        inside = node.entries[0][0].text
        if children[0].plain and not children[0].text:
            message = f"{quoted('{' + inside + '}')} without quotes is a map in YAML, not a placeholder"
            report.warning(node, "bare-placeholder", message, text=inside, hint=f'write "{{{inside}}}"')
    for child in children:
        _warn_bare_placeholders(child, report)
