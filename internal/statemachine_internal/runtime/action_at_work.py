"""The awaiting action that a machine is at: begun, ended, cancelled, and in the end left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.runtime.live import Live, Machine
from statemachine_internal.runtime.performing import CANCEL_SECONDS, Patience, perform
from statemachine_internal.runtime.program import Failure
from statemachine_internal.runtime.progress import Progress


class ActionAtWork:
    """None, or one. Its ``end`` stays until somebody has stored it.

    ``over`` is called when it has ended in whatever way, ``failed`` when that was a fault of ours, and ``progressed``
    with the feed's row when it has told how far the machine's job has come.
    """

    def __init__(
        self,
        machine: Machine,
        loop: asyncio.AbstractEventLoop,
        *,
        over: Callable[[], None],
        failed: Callable[[Exception], None],
        progressed: Callable[[int], None],
    ) -> None:
        self.end: Outcome | Failure | None = None
        self.stopping = False  # the machine ends: who cancels the task is no fault of the action
        self._machine, self._loop = machine, loop
        self._over, self._failed, self._progressed = over, failed, progressed
        self._task: asyncio.Task[Outcome | Failure] | None = None
        self._live: Live | None = None
        self._patience = Patience()
        self._progress: Progress | None = None
        self._discard = False  # it was told to end, and its result counts no more
        self._instead: Failure | None = None  # what counts then
        self._limit: asyncio.TimerHandle | None = None

    @property
    def running(self) -> bool:
        """Whether an action is at work."""
        return self._task is not None

    @property
    def ending(self) -> bool:
        """Whether one is, and was told to end."""
        return self._task is not None and self._discard

    def begin(self, live: Live) -> None:
        """Begin the action at the cursor."""
        self._discard, self._instead, self._live, self._patience = False, None, live, Patience()
        self._progress = Progress(self._machine, live.snapshot.context, self._progressed, self._over)
        self._task = self._loop.create_task(perform(self._machine, live, self._patience, self._progress))
        self._task.add_done_callback(self._performed)

    def cancel_in(self, seconds: float) -> None:
        """Let it work for so long, and no longer."""
        if self._task is not None and not self._discard:
            self._limit = self._loop.call_later(seconds, self.cancel)

    def cancel(self, instead: Failure | None = None) -> None:
        """End it; what it still brings counts no more (rule P8), and ``instead`` is its end, if given."""
        self._instead = instead or self._instead
        if self._task is None or self._discard:
            return
        self._discard = True
        self._task.cancel()
        self.disarm()
        self._limit = self._loop.call_later(CANCEL_SECONDS, self._leave_behind)

    def disarm(self) -> None:
        """Wait for nothing any more."""
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _performed(self, task: asyncio.Task[Outcome | Failure]) -> None:
        if task is not self._task:
            return  # left behind
        self._task = None
        self.disarm()
        if not task.cancelled():
            error = task.exception()
            if isinstance(error, Exception):
                self._failed(error)
                return
            if error is not None:
                raise error
            self.end = self._instead if self._discard else task.result()
        elif self._discard or self.stopping:
            self.end = self._instead
        else:
            self.end = Failure(message="was cancelled from inside")
        self._over()

    def _leave_behind(self) -> None:
        """It doesn't heed its cancellation; the machine must go on."""
        assert self._live is not None
        self._machine.log.warning(
            f"action did not end within {CANCEL_SECONDS:g} s of its cancellation; it is left behind",
            action=self._live.spec.type,
            state=self._live.snapshot.state,
        )
        if self._task is not None:  # to the end of it, or the process could not end either
            if self._progress is not None:
                self._progress.close()
            self._patience.out = True
            self._task.cancel()
        self._task = None
        self.end = self._instead
        self._over()
