"""One process of a system: started, started again after a failure, ended."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
from collections.abc import Callable, Sequence

from statemachine_internal.actions.process_output import OutputReader
from statemachine_internal.errors import EX_CONFIG, EX_USAGE

PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds before a start that follows a failure, and the next failure."""
STEADY_SECONDS = 60.0  # who has run for so long begins with the first pause again
_HOPELESS = frozenset({EX_USAGE, EX_CONFIG})  # as RestartPreventExitStatus= of the unit
_PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None, use_errno=True)


class Member:
    """A program that is to run. ``say`` gets its lines, and what there is to say of it, told apart by the flag."""

    def __init__(self, name: str, argv: Sequence[str], say: Callable[[str, bool], None]) -> None:
        self.name = name
        self.status: int | None = None  # the exit status of its last process
        self._argv, self._say = tuple(argv), say
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Run it until it has ended for good: in order, hopelessly, or because it was stopped."""
        failures = 0
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            began = loop.time()
            self.status = await self._run_once()
            if self._stopping.is_set() or self.status == 0 or self.status in _HOPELESS:
                break
            failures = 1 if loop.time() - began > STEADY_SECONDS else failures + 1
            pause = PAUSES[min(failures, len(PAUSES)) - 1]
            self._say(f"{_ended(self.status)}; it is started again in {pause:g} s", True)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
        if self.status and not self._stopping.is_set():
            self._say(f"{_ended(self.status)}, and is not started again", True)

    def stop(self, signum: int = signal.SIGTERM) -> None:
        """End it: in order with SIGTERM, at once with SIGKILL."""
        self._stopping.set()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signum)

    async def _run_once(self) -> int:
        readable, writable = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        os.set_blocking(writable, True)
        reader = OutputReader(readable, lambda line: self._say(line, False))
        try:
            # In a group of its own, so that Ctrl+C reaches this process alone, which then ends all in order.
            self._process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writable,
                stderr=writable,
                process_group=0,
                preexec_fn=_end_with_parent,
            )
        finally:
            os.close(writable)
        try:
            if self._stopping.is_set():
                self.stop()
            return await self._process.wait()
        finally:
            self._process = None
            await reader.finish()


def _end_with_parent() -> None:
    """Between fork and exec: whatever ends the system ends its members in order."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _ended(status: int) -> str:
    if status < 0:
        with contextlib.suppress(ValueError):
            return f"was killed by {signal.Signals(-status).name}"
        return f"was killed by signal {-status}"
    return f"ended with status {status}"
