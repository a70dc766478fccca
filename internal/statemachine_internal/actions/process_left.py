"""What a custom action has started and not waited for ends with it (rule P12), as far as that can be known.

While the action is at work, this process' own environment has the mark of its run, which whoever is started inherits.
By that it is found, at the action's end or by the sweep after a crash. Not found is who was given an environment
without it; and a thread can't be ended at all.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.process_mark import KEY_VARIABLE, RUN_VARIABLE, new_mark, sweep
from statemachine_internal.actions.process_subreaper import subreaper

_PYTHONS_OWN = (
    ("multiprocessing.resource_tracker", "_resource_tracker", "_pid"),
    ("multiprocessing.forkserver", "_forkserver", "_forkserver_pid"),
)


async def ended_with(
    work: Coroutine[Any, Any, Outcome], machine: str, action_key: str, warn: Callable[[str], None]
) -> Outcome:
    """Run an action, and end what it leaves running. For a process that does nothing else meanwhile.

    ``warn`` is told if there was something to end.
    """
    mark, closed = new_mark(machine), False
    with subreaper:
        os.environ[RUN_VARIABLE], os.environ[KEY_VARIABLE] = mark, action_key
        try:
            return await work
        except GeneratorExit:  # it doesn't heed its cancellation, and is closed: nothing can be waited for any more
            closed = True
            sweep(machine, action_key)
            raise
        finally:
            os.environ.pop(RUN_VARIABLE, None)
            os.environ.pop(KEY_VARIABLE, None)
            if not closed and _has_children():
                await _end_children(mark, warn)


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


async def _end_children(mark: str, warn: Callable[[str], None]) -> None:
    # What deals with processes weighs a megabyte, which a machine without commands need not carry.
    from statemachine_internal.actions.process_brand import NO_BRAND
    from statemachine_internal.actions.process_family import Family
    from statemachine_internal.actions.process_table import children_of, environment_of

    spared = _pythons_own()
    wanted = f"{RUN_VARIABLE}={mark}".encode()
    seen: set[int] = set()

    def left() -> int | None:
        """A living child of this run that wasn't dealt with; a zombie has no environment."""
        for pid in children_of(os.getpid()):
            if pid not in seen and pid not in spared and wanted in environment_of(pid):
                return pid
        return None

    while (leader := left()) is not None:
        seen.add(leader)
        try:
            family = Family(leader, mark, NO_BRAND, spared)
        except OSError:  # it has ended by itself
            continue
        try:
            ended = await family.settle()
            await asyncio.sleep(0)  # whoever has started it may reap it first
        finally:
            family.close()
        if ended:
            warn("it left a process running, which was ended; wait for it, or start what lasts with start_fsm")


def _pythons_own() -> frozenset[int]:
    """The helpers of multiprocessing, which serve all that comes later too."""
    holders = ((getattr(sys.modules.get(module), holder, None), name) for module, holder, name in _PYTHONS_OWN)
    found = (getattr(holder, name, None) for holder, name in holders)
    return frozenset(pid for pid in found if isinstance(pid, int))
