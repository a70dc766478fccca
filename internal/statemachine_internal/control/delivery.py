"""Bringing an event to a machine: through its control socket, or else into its inbox, the row of which is the event.

::

    control socket ── accepted ──────────────────────────────► done
         └─ unreachable, busy, too large ─► row, commit ─► doorbell, since the machine may have come up meanwhile

Both ways carry the same uid, so that an event that went both ways is there once.
"""

from __future__ import annotations

from statemachine_internal.control import client
from statemachine_internal.control.addresses import control_path
from statemachine_internal.control.outcomes import PAYLOAD_TOO_LARGE, Refusal, Unreachable
from statemachine_internal.errors import StoreBusy, StoreError, StoreFull
from statemachine_internal.store.paths import database_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_internal.control.outgoing import Outgoing

UI = "ui"
# The machine couldn't take it just now, and the event is sound: its row can wait.
ROW_CAN_WAIT = frozenset({PAYLOAD_TOO_LARGE, StoreError.code, StoreBusy.code, StoreFull.code})

ACCEPTED, STORED, SHOWN = "accepted", "stored", "shown"


class Delivery:
    """What became of the sending: the event's id, how it went, the sentence that says so, and a remark beside it."""

    __slots__ = ("how", "id", "remark", "sentence")

    def __init__(self, id: int, how: str, sentence: str, remark: str | None = None) -> None:
        self.id, self.how, self.sentence, self.remark = id, how, sentence, remark


def deliver(event: Outgoing) -> Delivery:
    """Send an event, or store it.

    Raises:
        Refusal: the machine says that it is wrong.
        ReservedType: nobody but the engine can show this in the ui.
        StoreError: it could be neither sent nor stored.
    """
    if event.target == UI:
        return _show(event)
    path = control_path(event.target)
    try:
        return _send(event, path)
    except Unreachable as gone:
        problem: Refusal | Unreachable = gone
    except Refusal as refused:
        if refused.code not in ROW_CAN_WAIT:
            raise
        problem = refused
    return _store(event, path, problem)


def _send(event: Outgoing, path: str) -> Delivery:
    reply = client.send(
        event.target, event.type, event.payload, source=event.source, job_id=event.job_id, uid=event.uid, path=path
    )
    return Delivery(reply.id or 0, ACCEPTED, f"event {reply.id} accepted by {event.target}")


def _store(event: Outgoing, path: str, problem: Refusal | Unreachable) -> Delivery:
    from statemachine_internal.control.doorbell import ring
    from statemachine_internal.feed.wakeup import NO_ROW, FeedBell
    from statemachine_internal.store.outbox import Outbox

    with Outbox(database_path()) as outbox:
        known, other_path = outbox.machine(event.target)
        if other_path and other_path != path and isinstance(problem, Unreachable):
            path = other_path  # it was started with --control-socket-prefix
            try:
                return _send(event, path)
            except Unreachable as gone:
                problem = gone
            except Refusal as refused:
                if refused.code not in ROW_CAN_WAIT:
                    raise
                problem = refused
        id = outbox.put(event)
    woken = ring(path)
    with FeedBell() as bell:
        bell.ring(NO_ROW)
    remark = None if known else f"no machine '{event.target}' has run here yet; the event waits for it"
    return Delivery(id, STORED, f"event {id} stored for {event.target}, {_why(event.target, problem, woken)}", remark)


def _why(machine: str, problem: Refusal | Unreachable, woken: bool) -> str:
    from statemachine_internal.runtime.lock import is_alive

    if isinstance(problem, Refusal):
        reason = "too large for its socket" if problem.code == PAYLOAD_TOO_LARGE else f"which said: {problem.text}"
        return f"{reason}; it was told to look" if woken else reason
    if woken:
        return "which was told to look: it did not answer before"
    if is_alive(machine):
        return "which is running, but did not answer"
    if problem.reason in ("no_socket", "nobody_listens"):
        return "which is not running"
    return f"which was not reached: {problem}"


def _show(event: Outgoing) -> Delivery:
    from statemachine_internal.feed.types import check_shown_type
    from statemachine_internal.feed.wakeup import FeedBell
    from statemachine_internal.store.outbox import Outbox

    check_shown_type(event.type)
    with Outbox(database_path()) as outbox:
        id, feed_id = outbox.show(event)
    with FeedBell() as bell:
        bell.ring(feed_id)
    return Delivery(id, SHOWN, f"event {id} shown to the ui")
