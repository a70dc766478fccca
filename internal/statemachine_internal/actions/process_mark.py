"""The mark that every process of an action carries in its environment, and the sweep that finds them after a crash.

``STATEMACHINE_RUN=DATABASE:MACHINE:NONCE`` says whose it is: DATABASE is a hash of the database's path, since two
databases may each have a machine of the same name on one host, and NONCE tells this run of the action from all
others. Children inherit it with their environment, whatever session or group they move to. A process that wipes its
environment isn't found.
"""

from __future__ import annotations

import functools
import hashlib
import os
import select
import signal
import time
from collections.abc import Callable

from statemachine_internal.actions.process_table import all_processes, environment_of, stat_of
from statemachine_internal.store.paths import database_path

RUN_VARIABLE = "STATEMACHINE_RUN"
KEY_VARIABLE = "STATEMACHINE_ACTION_KEY"
_SWEEP_SECONDS = 5.0


def marker(machine: str) -> str:
    """What the marks of all runs of a machine's actions begin with."""
    return f"{_identity(database_path())}:{machine}:"


@functools.lru_cache(maxsize=16)
def _identity(database: str) -> str:
    return hashlib.blake2b(os.fsencode(os.path.realpath(database)), digest_size=6).hexdigest()


def new_mark(machine: str) -> str:
    """A mark for one run of one action."""
    return marker(machine) + os.urandom(6).hex()


def sweep(machine: str, action_key: str | None = None) -> int:
    """Kill what an earlier process of this machine left running: its commands, and all that descends from them.

    Call it at start, with the machine's lock in hand, when an action was in flight: the action's next try must not
    meet its own last one. Blocks until the killed are gone, five seconds at most. Processes that mustn't be read
    (another user's) are left alone, and so are this process and its ancestors. Each is killed by a pidfd
    (pidfd_open(2)), so that a pid which is used again meanwhile does no harm.

    Args:
        machine: its name, of the database that ``database_path()`` names.
        action_key: only this action's processes; None for all.

    Returns:
        How many processes were killed.
    """
    prefix = f"{RUN_VARIABLE}={marker(machine)}".encode()
    key = None if action_key is None else f"{KEY_VARIABLE}={action_key}".encode()

    def is_ours(pid: int) -> bool:
        environment = environment_of(pid)
        return any(item.startswith(prefix) for item in environment) and (key is None or key in environment)

    deadline = time.monotonic() + _SWEEP_SECONDS
    killed: set[int] = set()
    spared = _lineage()
    # Once more until nothing is found: a process may fork while the list is read.
    while found := _kill(is_ours, spared, deadline):
        killed |= found
        if time.monotonic() > deadline:
            break
    return len(killed)


def _kill(is_ours: Callable[[int], bool], spared: set[int], deadline: float) -> set[int]:
    """One round of the sweep; returns the pids killed, which are gone then."""
    children: dict[int, list[int]] = {}
    marked: list[int] = []
    for pid in all_processes():
        place = stat_of(pid)
        if place is None or place.dead:
            continue
        children.setdefault(place.parent, []).append(pid)
        if pid not in spared and is_ours(pid):
            marked.append(pid)
    dying: dict[int, int] = {}
    waiting = [(pid, 0) for pid in marked]
    while waiting:
        pid, parent = waiting.pop()
        if pid in dying or pid in spared:
            continue
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        # Looked at again now that the descriptor holds it: before, the pid could have passed to somebody else.
        place = stat_of(pid)
        if place is None or (place.parent != parent if parent else not is_ours(pid)):
            os.close(descriptor)
            continue
        dying[pid] = descriptor
        waiting += [(child, pid) for child in children.get(pid, ())]
    # Top down and all before any is waited for, so that no parent starts what was just killed again.
    killed = {pid for pid, descriptor in dying.items() if _send_kill(descriptor)}
    for pid, descriptor in dying.items():
        if pid in killed:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
        os.close(descriptor)
    return killed


def _send_kill(descriptor: int) -> bool:
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _lineage() -> set[int]:
    """This process and its ancestors."""
    found: set[int] = set()
    pid = os.getpid()
    while pid > 0 and pid not in found:
        found.add(pid)
        place = stat_of(pid)
        pid = place.parent if place else 0
    return found
