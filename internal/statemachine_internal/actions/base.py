"""The base classes of all actions."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from statemachine_internal.actions.names import ENGINE_NAMES
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.scope import InstantScope, Scope, nobody
from statemachine_internal.service.logging import get_logger

_MISSING = object()
_DEEPEST = 500  # SQLite calls JSON that nests deeper than 1000 invalid
# Made once: json.dumps with these arguments makes an encoder for each of a context's values.
_encode = json.JSONEncoder(allow_nan=False, ensure_ascii=False).encode


class BaseAction:
    """Base of custom actions: a class ``{Type}Action`` in a file ``{type}_action.py``.

    ``self.config`` is the action's configuration with placeholders filled in: its flat keys and ``params`` merged, and
    ``params`` itself still in it. ``self.logger`` writes to the machine's log.
    """

    # Keys whose text the action fills in itself, e.g. because a shell will read it.
    raw: ClassVar[frozenset[str]] = frozenset()
    # Whether the action keeps its own `timeout`, and the engine need not.
    keeps_time: ClassVar[bool] = False
    # Whether processes that the action starts may outlive it. Otherwise they are ended with it, as those of `bash` are.
    keeps_processes: ClassVar[bool] = False
    _report_progress: Callable[[object], None] = staticmethod(nobody)  # here: a subclass's __init__ may be all its own

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        self.config: dict[str, Any] = dict(config or {})
        self.logger: Any = get_logger(action=str(self.config.get("type", type(self).__name__)))

    async def execute(self, context: dict[str, Any]) -> str | None:  # noqa: ARG002  # a subclass needs it
        """Do the work; return the name of the event to emit, or None. Changes of ``context`` are kept.

        A raised exception is the action's failure: it is recorded, and the action's ``error`` event is emitted.
        """
        raise TypeError(f"{type(self).__name__} must define: async def execute(self, context)")

    def get_machine_name(self, context: Mapping[str, Any]) -> str:
        """The name of the machine that runs this action."""
        return str(context.get("machine_name", "unknown"))

    def report_progress(self, percent: float) -> None:
        """Say how far the machine's job has come, from 0 to 100. It shows at once, and costs little to repeat.

        Any thread may call it. Where the machine has no job nobody hears it.

        Raises:
            ActionError: ``percent`` is no number from 0 to 100.
        """
        self._report_progress(percent)

    def get_config_value(self, key: str, default: Any = None) -> Any:
        """A key of the configuration, flat or under ``params``."""
        found = self.config.get(key, _MISSING)
        if found is _MISSING:
            params = self.config.get("params")
            found = params.get(key, _MISSING) if isinstance(params, Mapping) else _MISSING
        return default if found is _MISSING else found

    async def run(self, scope: Scope) -> Outcome:
        """Run ``execute`` on a copy of the context, so that a failure leaves no half-made change behind."""
        volatile = {name: value for name, value in scope.volatile.items() if name not in ENGINE_NAMES}
        given = copy.deepcopy({name: value for name, value in scope.names.items() if name not in volatile}) | volatile
        before = {name: as_json(value) for name, value in given.items()}
        context = dict(given)
        self._report_progress = scope.report_progress
        event = await self.execute(context)
        if event is not None and not isinstance(event, str):
            raise TypeError(
                f"{type(self).__name__}.execute returned {type(event).__name__}; return an event name or None"
            )
        return _outcome(event, before, context, scope)


class InstantAction(BaseAction):
    """An action that never awaits; it runs inside the step's transaction.

    One object may serve many runs: ``perform`` leaves ``self`` and the values in ``self.config`` as they are.
    """

    def perform(self, scope: InstantScope) -> Outcome:
        """Do the work; raise ActionError to fail. The log's lines appear after the commit."""
        raise NotImplementedError


def _outcome(event: str | None, before: Mapping[str, str | None], context: Mapping[Any, Any], scope: Scope) -> Outcome:
    """What ``execute`` made of the context whose JSON texts were ``before``; what JSON can't carry becomes volatile."""
    changes: dict[str, Any] = {}
    stale = before.keys() - context.keys()
    for name in stale:
        scope.volatile.pop(name, None)
    for name, value in context.items():
        if name in ENGINE_NAMES:
            continue
        text = as_json(value) if isinstance(name, str) else None
        if text is None:
            if name not in scope.volatile:
                scope.log.warning(
                    f"context key {name!r} holds a {type(value).__name__}, which JSON can't carry: "
                    "it is kept for this run only"
                )
            scope.volatile[name] = value
            stale.add(name)  # what was stored under this name before is out of date
            continue
        scope.volatile.pop(name, None)
        if text != before.get(name):
            changes[name] = json.loads(text)  # a value of its own, and the one that a restart will see
    return Outcome(event=event, changes=changes, removed=frozenset(stale & scope.context.keys()))


def as_json(value: Any) -> str | None:
    """The JSON text of a value, None if JSON or the database can't carry it."""
    try:
        text = _encode(value)
        text.encode()  # half a surrogate pair is text to Python, and nothing that SQLite could store
    except (TypeError, ValueError, RecursionError):
        return None
    if text.count("{") + text.count("[") > _DEEPEST and _depth_passes(value, _DEEPEST):
        return None
    return text


def _depth_passes(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [inner for item in level if isinstance(item, (dict, list, tuple)) for inner in _inside(item)]
        if not level:
            return False
    return True


def _inside(item: dict[Any, Any] | list[Any] | tuple[Any, ...]) -> Iterable[Any]:
    return item.values() if isinstance(item, dict) else item
