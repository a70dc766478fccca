"""Where a machine stands, in a line, for ``systemctl status``: state, what it does, job, next timer."""

from __future__ import annotations

from datetime import datetime

from statemachine_internal.actions.names import job_id_of
from statemachine_internal.runtime.clock import SECOND
from statemachine_internal.runtime.live import Live, Phase
from statemachine_internal.runtime.performing import describe


def status_line(live: Live) -> str:
    """For example ``working: resize; job job_001; timeout(60) at 14:03:05``."""
    state = live.snapshot.state
    parts = [f"{state}: {describe(live.spec)}" if live.phase is Phase.ACTING else f"{state} ({live.phase.value})"]
    job = job_id_of(live.snapshot.context)
    if job is not None:
        parts.append(f"job {job}")
    if live.timers:
        due, name = min((due, name) for name, due in live.timers.items())
        parts.append(f"{name} at {datetime.fromtimestamp(due / SECOND):%H:%M:%S}")
    return "; ".join(parts)
