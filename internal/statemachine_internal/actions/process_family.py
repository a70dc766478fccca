"""A command's shell and all that descends from it: finding them, waiting for them, ending them.

    this process ──┬── shell (leader of a session and a group) ── child ── child
                   └── orphan that the subreaper inherited ── child

Every member is held by a pidfd (pidfd_open(2)), so no signal ever reaches a process that merely got the same pid. The shell is
reaped last: as long as it is a zombie, its pid and with it the number of its group and session can't be given away, so that
killpg(2) is safe.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
from collections.abc import Collection

from statemachine_internal.actions.process_mark import RUN_VARIABLE
from statemachine_internal.actions.process_table import Stat, children_of, environment_of, stat_of

LINGER = 0.1  # seconds for what is about to end by itself when the shell ends, such as the tee at the end of its output
GRACE = 2.0  # seconds from SIGTERM to SIGKILL
PATIENCE = 10.0  # seconds for SIGKILL to work; a process in uninterruptible sleep may never obey

_leaders: set[int] = set()  # of all families of this process, which several machines may share


class Family:
    """The processes of one command. ``close`` must be called at the end.

    ``mark`` is the value of STATEMACHINE_RUN in their environment. ``left_over`` lists, after ``end``, the processes that
    could not be ended: another user's, or in uninterruptible sleep.
    """

    def __init__(self, leader: int, mark: str) -> None:
        self.leader = leader
        self.left_over: tuple[int, ...] = ()
        self._mark = f"{RUN_VARIABLE}={mark}".encode()
        self._members: dict[int, int] = {leader: os.pidfd_open(leader)}
        self._beyond_reach: set[int] = set()
        _leaders.add(leader)

    async def leader_ends(self, timeout: float | None) -> bool:
        """Wait until the shell has ended; returns False if that takes longer than ``timeout`` seconds."""
        return await _exits([self._members[self.leader]], timeout)

    async def settle(self) -> None:
        """End what the shell left behind when it ended."""
        if left := self._look():
            await _exits([self._members[pid] for pid in left], LINGER)
            await self.end()

    async def end(self) -> None:
        """End every member: SIGTERM, and SIGKILL for what is still there after a grace.

        Being cancelled cuts the grace short, and is obeyed when no member is left.
        """
        loop = asyncio.get_running_loop()
        cancelled: asyncio.CancelledError | None = None
        for signum, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, PATIENCE)):
            deadline = loop.time() + patience
            told: set[int] = set()
            # Once more until nothing is found: a member may fork while the list is read.
            while (alive := self._look()) and loop.time() < deadline:
                self._signal(signum, alive, told)
                try:
                    await _exits([self._members[pid] for pid in alive], deadline - loop.time())
                except asyncio.CancelledError as error:
                    cancelled = error
                    if signum == signal.SIGTERM:
                        break
        self.left_over = (*self._look(), *sorted(self._beyond_reach))
        if cancelled is not None:
            raise cancelled

    def close(self) -> tuple[int, int] | None:
        """Reap the family's dead and let go of them.

        Returns:
            How the shell ended: CLD_EXITED and its exit status, or CLD_KILLED or CLD_DUMPED and the signal's number. None if
            somebody else reaped it (SIGCHLD is ignored in this process), or if it is still there.
        """
        for child in _own_children():
            _reap_adopted(child, self.leader)
        status = None
        for pid, descriptor in reversed(self._members.items()):  # the shell last
            # ECHILD: its own parent reaped it, or will.
            with contextlib.suppress(ChildProcessError):
                ended = os.waitid(os.P_PIDFD, descriptor, os.WEXITED | os.WNOHANG)
                if ended is not None and pid == self.leader:
                    status = ended.si_code, ended.si_status
            os.close(descriptor)
        self._members.clear()
        _leaders.discard(self.leader)
        return status

    def _look(self) -> Collection[int]:
        """Take up new members; returns all that are alive and can be reached."""
        known = self._members
        waiting = [(pid, os.getpid()) for pid in _own_children()]
        waiting += [(child, pid) for pid in known for child in (children_of(pid) if not _dead(known[pid]) else ())]
        while waiting:
            pid, parent = waiting.pop()
            if (pid in known and not _dead(known[pid])) or (parent == os.getpid() and not self._belongs(stat_of(pid))):
                continue
            try:
                descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            # Looked at again now that the descriptor holds it: before, the pid could have passed to somebody else.
            place = stat_of(pid)
            if place is None or place.dead or place.parent not in (parent, os.getpid()) or pid == self.leader:
                os.close(descriptor)
                continue
            if pid in known:
                os.close(known[pid])
            known[pid] = descriptor
            waiting += [(child, pid) for child in children_of(pid)]
        return [pid for pid, descriptor in known.items() if not _dead(descriptor) and pid not in self._beyond_reach]

    def _belongs(self, child: Stat | None) -> bool:
        """Whether a child of this process is an orphan of the family, and not started by somebody else in this process."""
        if child is None or child.dead:
            return False
        return child.session == self.leader or self._mark in environment_of(child.pid)

    def _signal(self, signum: int, alive: Collection[int], told: set[int]) -> None:
        """Send the signal once to each: the group by one call, so that no fork slips through, then who left the group."""
        for pid in alive:
            place = stat_of(pid)
            if pid in told or place is None:
                continue
            if place.group != self.leader:
                self._send(signum, pid)
            elif self.leader not in told:
                told.add(self.leader)
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.leader, signum)
                    os.killpg(self.leader, signal.SIGCONT)  # a stopped process would take up nothing but SIGKILL
            elif signum == signal.SIGKILL:
                self._send(signum, pid)
            told.add(pid)

    def _send(self, signum: int, pid: int) -> None:
        try:
            signal.pidfd_send_signal(self._members[pid], signum)
            signal.pidfd_send_signal(self._members[pid], signal.SIGCONT)
        except ProcessLookupError:
            pass
        except PermissionError:
            self._beyond_reach.add(pid)


def _own_children() -> list[int]:
    """The children of this process but for the shells."""
    return [pid for pid in children_of(os.getpid()) if pid not in _leaders]


def _reap_adopted(child: int, leader: int) -> None:
    """Reap a zombie if nobody else in this process can be waiting for it.

    A child that was started here has this process' session, or leads its own. One that has neither came from elsewhere, which
    is to say that we inherited it.
    """
    place = stat_of(child)
    if place is None or not place.dead:
        return
    if place.session == leader or place.session not in (child, os.getsid(0)):
        with contextlib.suppress(ChildProcessError):
            os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG)


def _dead(descriptor: int) -> bool:
    """Whether the process of a pidfd has ended."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


async def _exits(descriptors: Collection[int], timeout: float | None) -> bool:
    """Wait until the processes of all these pidfds have ended; returns False if that takes longer than ``timeout``."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    left = set(descriptors)

    def exited(descriptor: int) -> None:
        loop.remove_reader(descriptor)
        left.discard(descriptor)
        if not left and not done.done():
            done.set_result(None)

    for descriptor in descriptors:
        loop.add_reader(descriptor, exited, descriptor)
    try:
        await asyncio.wait({done}, timeout=timeout)
    finally:
        for descriptor in left:
            loop.remove_reader(descriptor)
    return done.done()
