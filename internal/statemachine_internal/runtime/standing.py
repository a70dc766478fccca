"""Where a machine stands, in a line, for ``systemctl status``: state, what it does, job, next timer."""

from __future__ import annotations

from datetime import datetime

from statemachine_internal.actions.names import job_id_of
from statemachine_internal.runtime.clock import SECOND
from statemachine_internal.runtime.live import Live, Phase
from statemachine_internal.runtime.performing import describe


def status_line(live: Live, paused: bool = False, progress: float | None = None) -> str:
    """For example ``working: resize; job job_001, 40 %; timeout(60) at 14:03:05``.

    ``progress`` is what the action at work has said of the job.
    """
    state = live.snapshot.state
    if paused:
        state = f"paused in {state}"
    parts = [f"{state}: {describe(live.spec)}" if live.phase is Phase.ACTING else f"{state} ({live.phase.value})"]
    job = job_id_of(live.snapshot.context)
    if job is not None:
        percent = _noted_progress(live) if progress is None else progress
        parts.append(f"job {job}" if percent is None else f"job {job}, {percent:g} %")
    if live.timers:
        due, name = min((due, name) for name, due in live.timers.items())
        parts.append(f"{name} at {datetime.fromtimestamp(due / SECOND):%H:%M:%S}")
    return "; ".join(parts)


def _noted_progress(live: Live) -> float | None:
    """What the actions before have said of the job."""
    job = live.snapshot.context.get("current_job")
    percent = job.get("progress") if type(job) is dict else None
    return percent if isinstance(percent, (int, float)) else None
