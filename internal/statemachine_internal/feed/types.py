"""The types of the feed's rows that the engine writes itself, each of which says that something happened to a machine.

Whoever shows an event in the ui writes a row of the feed too, of a type of their own choice; not of one of these, or
the history, the monitor and ``check`` would believe them what no machine has done.
"""

from __future__ import annotations

from statemachine_internal.errors import StateMachineError

ENGINE_TYPES = frozenset(
    {
        "state_change", "event_taken", "error",
        "machine_registered", "machine_terminated", "machine_paused", "machine_resumed",
        "job_added", "job_started", "job_progress", "job_completed", "job_failed",
        "job_cancelled", "job_reopened", "job_removed",
    }
)  # fmt: skip


class ReservedType(StateMachineError):
    """The history of a machine is what it did, not what somebody says."""

    code = "reserved_type"

    def __init__(self, type: str) -> None:
        self.type = type
        super().__init__(
            f"only the engine writes '{type}' into the feed; to show something in the ui, send the type activity_log, "
            "or one of your own"
        )


def check_shown_type(type: str) -> None:
    """Raise ReservedType if an event of this type can't be shown in the ui."""
    if type in ENGINE_TYPES:
        raise ReservedType(type)
