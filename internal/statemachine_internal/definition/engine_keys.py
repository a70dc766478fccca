"""The keys of an action that the engine itself obeys: ``retry``, ``timeout``, ``error`` and ``when``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from statemachine_internal.definition.condition import Expression, condition_of
from statemachine_internal.definition.diagnostics import Report
from statemachine_internal.definition.fields import Fields, name_of, number_of
from statemachine_internal.definition.model import Retry
from statemachine_internal.definition.nodes import Map, Node, Scalar, kind, shown

ENGINE_KEYS = frozenset({"retry", "timeout", "error", "when"})
_RETRY_KEYS = ("max", "backoff", "factor", "max_backoff", "jitter")
_RETRY = "write retry: {max: 3, backoff: 1}"
LONGEST = 10 * 366 * 86400  # seconds
MOST_TRIES = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineKeys:
    """What the engine does about an action."""

    retry: Retry | None = None
    timeout: float | None = None
    error: str | None = None
    when: Expression | None = None


def read_engine_keys(given: Mapping[str, Node], report: Report, *, failure_is_error: bool) -> EngineKeys:
    """Takes them from an action's values (no nulls); ``failure_is_error``: ``failure`` may stand for ``error``."""
    retry, timeout, when = given.get("retry"), given.get("timeout"), given.get("when")
    error = given.get("error") or (given.get("failure") if failure_is_error else None)
    return EngineKeys(
        retry=_retry(retry, report) if retry else None,
        timeout=number_of(timeout, "'timeout'", report, low=0, high=LONGEST, above=True) if timeout else None,
        error=name_of(error, "'error'", report) if error else None,
        when=condition_of(when, report) if when else None,
    )


def _retry(node: Node, report: Report) -> Retry | None:
    if not isinstance(node, Map):
        report.error(node, "wrong-type", f"'retry' must be a map, not {kind(node)}", text=shown(node), hint=_RETRY)
        return None
    fields = Fields(node, _RETRY_KEYS, "retry", report, {"tries": "max", "attempts": "max", "delay": "backoff"})
    most = fields.get("max")
    if most is None:
        hint = fields.misspelt("max") or _RETRY
        report.error(node, "missing-key", "retry needs 'max', the number of tries after the first", hint=hint)
        return None
    count = most.value if isinstance(most, Scalar) else None
    if isinstance(count, bool) or not isinstance(count, int):
        message = f"'max' must be a whole number, not {kind(most)}"
        report.error(most, "wrong-type", message, text=shown(most), hint=_RETRY)
        return None
    if not 0 <= count <= MOST_TRIES:
        report.error(most, "out-of-range", f"'max' is {count}", text=shown(most), hint=f"write 0 to {MOST_TRIES}")
        return None
    default = Retry(max=count)

    def number(key: str, low: float, high: float, otherwise: float) -> float:
        value = fields.get(key)
        read = None if value is None else number_of(value, f"'{key}'", report, low=low, high=high)
        return otherwise if read is None else read

    return Retry(
        max=count,
        backoff=number("backoff", 0, LONGEST, default.backoff),
        factor=number("factor", 1, 1000, default.factor),
        max_backoff=number("max_backoff", 0, LONGEST, default.max_backoff),
        jitter=number("jitter", 0, 1, default.jitter),
    )
