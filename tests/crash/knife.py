"""A machine's process that dies by SIGKILL at an instant of the test's choice.

    python knife.py POINT:N ARGUMENTS…    dies when POINT is reached for the N-th time
    python knife.py - ARGUMENTS…          lives

ARGUMENTS are those of ``statemachine``, whose real ``main`` runs. ``CRASH_CANCEL_SECONDS`` shortens the patience with
an action that doesn't heed its cancellation.
"""

from __future__ import annotations

import os
import signal
import sys

from statemachine_cmd.statemachine import main
from statemachine_internal.runtime import action_at_work, points


def arm(point: str, count: int) -> None:
    """Die when ``point`` is reached for the ``count``-th time."""
    if point not in points.ALL:
        raise SystemExit(f"knife: there is no point '{point}'")
    left = count

    def reached(name: str) -> None:
        nonlocal left
        if name == point:
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

    points.reached = reached


if __name__ == "__main__":
    where, *arguments = sys.argv[1:]
    if where != "-":
        name, _, number = where.partition(":")
        arm(name, int(number))
    if patience := os.environ.get("CRASH_CANCEL_SECONDS"):
        setattr(action_at_work, "CANCEL_SECONDS", float(patience))  # noqa: B010  # it is imported there
    sys.exit(main(arguments))
