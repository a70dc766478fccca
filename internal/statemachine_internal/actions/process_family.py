"""A command's shell and all that descends from it: finding them, waiting for them, ending them.

    this process ──┬── shell (leader of a session and a group) ── child ── child
                   └── orphan that the subreaper inherited ── child

Every member is held by a pidfd (pidfd_open(2)), so no signal ever reaches a process that merely got the same pid. The
shell is reaped last: as long as it is a zombie, its pid and with it the number of its group and session can't be
given away, so that killpg(2) is safe.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
from collections.abc import Collection

from statemachine_internal.actions.process_brand import has_brand
from statemachine_internal.actions.process_mark import RUN_VARIABLE
from statemachine_internal.actions.process_table import Stat, adopted_by_us, children_of, environment_of, stat_of

LINGER = 0.1  # seconds for what is about to end by itself when the shell ends, such as the tee at the end of its output
GRACE = 2.0  # seconds from SIGTERM to SIGKILL
PATIENCE = 10.0  # seconds for SIGKILL to work; a process in uninterruptible sleep may never obey

_leaders: set[int] = set()  # of all families of this process, which several machines may share


class Family:
    """The processes of one command. ``close`` must be called at the end.

    ``mark`` is the value of STATEMACHINE_RUN in their environment, ``brand`` what ``branding`` gave them. ``spared``
    are children of this process that have the mark and don't belong. ``left_over`` lists, after ``end``, the processes
    that could not be ended: another user's, or in uninterruptible sleep.
    """

    def __init__(self, leader: int, mark: str, brand: int, spared: Collection[int] = ()) -> None:
        self.leader = leader
        self._spared = spared
        self.left_over: tuple[int, ...] = ()
        self._brand = brand
        self._mark = f"{RUN_VARIABLE}={mark}".encode()
        self._members: dict[int, int] = {leader: os.pidfd_open(leader)}
        self._inherited: list[int] = []  # as last seen; with them, other children of this process
        self._beyond_reach: set[int] = set()
        _leaders.add(leader)

    async def leader_ends(self, timeout: float | None) -> bool:
        """Wait until the shell has ended; returns False if that takes longer than ``timeout`` seconds."""
        return await _exits([self._members[self.leader]], timeout)

    async def settle(self) -> bool:
        """End what the shell left behind when it ended; returns whether any of it had to be ended."""
        if not (left := self._look()):
            return False
        if await _exits([self._members[pid] for pid in left], LINGER) and not self._look():
            return False
        await self.end()
        return True

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
            How the shell ended: CLD_EXITED and its exit status, or CLD_KILLED or CLD_DUMPED and the signal's number.
            None if somebody else reaped it (SIGCHLD is ignored in this process), or if it is still there.
        """
        for child in self._inherited:
            self._reap_adopted(child)
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
        # Who died while the lists were read may have left orphans behind that were in neither list: read them again.
        died: set[int] = set()
        while True:
            before = len(died)
            self._scan(died)
            if len(died) == before:
                break
        return [pid for pid, descriptor in self._members.items() if self._is_wanted(pid, descriptor)]

    def _is_wanted(self, pid: int, descriptor: int) -> bool:
        return pid not in self._beyond_reach and not _dead(descriptor)

    def _scan(self, died: set[int]) -> None:
        """One reading of the lists: first the members' children, then ours, where a dying member's children go."""
        here = os.getpid()
        waiting = [(child, pid) for pid, held in self._members.items() if not _dead(held) for child in children_of(pid)]
        self._inherited = [pid for pid in adopted_by_us() if pid not in _leaders and pid not in self._spared]
        waiting += [(pid, here) for pid in self._inherited]
        while waiting:
            pid, parent = waiting.pop()
            held = self._members.get(pid)
            if held is not None and not _dead(held):
                continue
            place = stat_of(pid)
            if place is None or place.dead:
                died.add(pid)
            elif (parent != here or self._belongs(place)) and self._take_up(pid, (parent, here)):
                waiting += [(child, pid) for child in children_of(pid)]

    def _take_up(self, pid: int, parents: tuple[int, int]) -> bool:
        try:
            descriptor = os.pidfd_open(pid)
        except OSError:
            return False  # gone; or no descriptor is left, and the group's signal has to do
        # Looked at again now that the descriptor holds it: before, the pid could have passed to somebody else.
        place = stat_of(pid)
        if place is None or place.parent not in parents:
            os.close(descriptor)
            return False
        if pid in self._members:
            os.close(self._members[pid])  # of a process that had this pid before
        self._members[pid] = descriptor
        return True

    def _belongs(self, child: Stat) -> bool:
        """Whether a child of this process is an orphan of the family, and not somebody else's in this process."""
        if child.session == self.leader or has_brand(child.pid, self._brand):
            return True
        return self._mark in environment_of(child.pid)

    def _reap_adopted(self, child: int) -> None:
        """Reap a zombie that nobody else in this process can be waiting for.

        Those are the family's, and all orphans: a child that was started here has this process' session, or leads its
        own; one that has neither was inherited.
        """
        place = stat_of(child)
        if place is None or not place.dead:
            return
        if place.session not in (child, os.getsid(0)) or has_brand(child, self._brand):
            with contextlib.suppress(ChildProcessError):
                os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG)

    def _signal(self, signum: int, alive: Collection[int], told: set[int]) -> None:
        """Send the signal once to each: the group by one call, so that no fork slips through, then who left it."""
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


def _dead(descriptor: int) -> bool:
    """Whether the process of a pidfd has ended."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


async def _exits(descriptors: Collection[int], timeout: float | None) -> bool:
    """Wait until the processes of all these pidfds have ended; returns False if that takes longer than ``timeout``."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[bool] = loop.create_future()
    left = set(descriptors)

    def finish(all_ended: bool) -> None:
        if not done.done():
            done.set_result(all_ended)

    def exited(descriptor: int) -> None:
        loop.remove_reader(descriptor)
        left.discard(descriptor)
        if not left:
            finish(True)

    for descriptor in descriptors:
        loop.add_reader(descriptor, exited, descriptor)
    timer = None if timeout is None else loop.call_later(timeout, finish, False)
    try:
        return await done
    finally:
        if timer is not None:
            timer.cancel()
        for descriptor in left:
            loop.remove_reader(descriptor)
