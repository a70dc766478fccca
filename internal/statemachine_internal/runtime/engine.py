"""One machine on an event loop: it calls a turn when there is something to do, and sleeps when there isn't."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from statemachine_internal.actions.registry import Registry
from statemachine_internal.control.envelope import refusal
from statemachine_internal.control.server import Arrival
from statemachine_internal.definition.model import MachineDefinition
from statemachine_internal.errors import StateMachineError, StoreBusy, StoreError, StoreFull
from statemachine_internal.runtime import points
from statemachine_internal.runtime.action_at_work import ActionAtWork
from statemachine_internal.runtime.clock import SECOND, now
from statemachine_internal.runtime.effects import Effects
from statemachine_internal.runtime.live import FINAL_STATE, RESET, Live, Machine, Phase
from statemachine_internal.runtime.program import STEPS_PER_TURN
from statemachine_internal.runtime.resume import refit
from statemachine_internal.runtime.turn import EVENTS_PER_TURN, Inputs, Turn

DRAIN_SECONDS = 20.0  # what a running action gets at a stop
STORE_RETRY_SECONDS = 1.0
RESTLESS_TURNS = 3
LONG_SLEEP_SECONDS = 1.0  # that a jump of the wall clock may make too long


class Engine:
    """Runs a machine until it is finished or told to stop.

    ``ended`` resolves to the reason, or to the error that ended it. ``ring`` and ``ring_feed`` wake others after a
    commit; ``observe`` hears where the machine stands after each, and ``sleeps_long`` that a timer is far off.
    """

    def __init__(
        self,
        machine: Machine,
        live: Live,
        *,
        loop: asyncio.AbstractEventLoop,
        ring: Callable[[str], None],
        ring_feed: Callable[[int], None],
        observe: Callable[[Live], None],
        sleeps_long: Callable[[], None],
    ) -> None:
        self.machine = machine
        self.live = live
        self.ended: asyncio.Future[str] = loop.create_future()
        self._loop = loop
        self._ring, self._ring_feed, self._observe, self._sleeps_long = ring, ring_feed, observe, sleeps_long
        self._arrivals: deque[Arrival] = deque()
        self._action = ActionAtWork(machine, loop, over=self.poke, failed=self._fail, progressed=self._progressed)
        self._timer: asyncio.TimerHandle | None = None
        self._retry: asyncio.TimerHandle | None = None  # of a turn that could not be stored
        self._delayed: int | None = None
        self._scheduled: asyncio.Handle | None = None
        self._woken = True  # rows may have come while nobody was here
        self._stopping: str | None = None
        self._reload: tuple[MachineDefinition, Registry] | None = None
        self._store_failed = False
        self._restless = 0  # turns in a row that left the machine in the middle of a list

    # what reaches it

    def receive(self, arrival: Arrival) -> None:
        """A message of the control socket."""
        if arrival.message.is_wake:
            self._woken = True
        else:
            self._arrivals.append(arrival)
        self.poke()

    def wake(self) -> None:
        """Rows may have come from elsewhere."""
        self._woken = True
        self.poke()

    def poke(self) -> None:
        """Take a turn once what is ready by now has been read."""
        if self._scheduled is None:
            self._scheduled = self._loop.call_soon(self._turn)

    def turn_now(self) -> None:
        """Take the turn that is due without another round of the loop: nobody else can have something to read."""
        if self._scheduled is not None:
            self._scheduled.cancel()
            self._turn()

    def stop(self, reason: str) -> None:
        """End in order: the running action gets its time, then the machine is stored as stopped.

        A second call cuts it short.
        """
        if self._stopping is None:
            self._stopping = reason
            self._action.stopping = True
            self._action.cancel_in(DRAIN_SECONDS)
            self.poke()
        else:
            self._action.cancel()

    @property
    def next_due(self) -> int | None:
        """When the next timer or delayed event is due, in microseconds since 1970; None while paused."""
        if self.machine.paused:
            return None
        due = [*self.live.timers.values()]
        if self._delayed is not None:
            due.append(self._delayed)
        return min(due, default=None)

    def reload(self, definition: MachineDefinition, registry: Registry) -> None:
        """Go on with another definition, as soon as no action is at work."""
        self._reload = (definition, registry)
        self.poke()

    def begin(self, effects: Effects) -> None:
        """Let go what the start has to say, and take the first turn."""
        self._release(effects)
        self.poke()

    # turns

    def _turn(self) -> None:
        self._scheduled = None
        if self.ended.done():
            return
        action = self._action
        idle = not action.running and action.end is None
        if self._reload is not None and idle:
            self._refit(*self._reload)
            if self.ended.done():
                return
        arrivals = tuple(self._arrivals.popleft() for _ in range(min(len(self._arrivals), EVENTS_PER_TURN)))
        if arrivals:
            points.reached(points.RECEIVE)
        inputs = Inputs(
            arrivals=arrivals,
            end=action.end,
            acting=action.running,
            woken=self._woken,
            stopping=self._stopping is not None,
            restless=self._restless > 0,
            paused=self.machine.paused,
            last=self._stopping if idle else None,
        )
        turn = Turn(self.machine, self.live, now(), inputs)
        try:
            turn.run()
        except (StoreBusy, StoreFull) as error:
            self._put_off(error, arrivals)
        except Exception as error:  # noqa: BLE001 - handed to whoever awaits the end, with nothing stored
            self._fail(error)
        else:
            action.end = None
            self._store_failed = False
            try:
                self._committed(turn)
            except Exception as error:  # noqa: BLE001 - the rows are stored, and the next process goes on from them
                self._fail(error)

    def _committed(self, turn: Turn) -> None:
        self._take_note(turn.paused)
        self.live = turn.draft.live
        if turn.inputs.woken:
            self._woken = turn.reset  # until its action has ended
        if turn.looked_ahead:
            self._delayed = turn.next_delayed
        self._release(turn.draft.effects)
        self._observe(self.live)
        if self.live.phase is Phase.FINISHED:
            self._finish(FINAL_STATE)
        elif turn.inputs.last is not None:
            self._finish(turn.inputs.last)
        elif turn.reset and not self._action.running:
            self._finish(RESET)
        else:
            self._go_on(turn)

    def _take_note(self, paused: bool) -> None:
        """Somebody has paused the machine, or lets it go on."""
        if paused != self.machine.paused:
            self.machine.paused = paused
            log = self.machine.log.paused if paused else self.machine.log.unpaused
            log(self.live.snapshot.state)

    def _go_on(self, turn: Turn) -> None:
        action = self._action
        if turn.interrupt:
            action.cancel(turn.instead)
        due = self._stopping is not None or (self._reload is not None and self._retry is None)
        between = not action.running and due
        self._watch_for_rest(turn)
        if turn.more or between:
            self.poke()
        else:
            if self.live.phase is Phase.ACTING and not action.running and not self.machine.paused:
                action.begin(self.live)
            if self._arrivals:  # they can be stored while it is at work, however many there are
                self.poke()
        self._arm()

    def _watch_for_rest(self, turn: Turn) -> None:
        """Name a machine that goes round in a circle: it works as it is written, and fills the history.

        One that claims jobs comes to rest when there are no more.
        """
        self._restless = self._restless + 1 if turn.more and self.live.phase is Phase.READY else 0
        if self._restless == RESTLESS_TURNS and not turn.draft.claims:
            steps = RESTLESS_TURNS * STEPS_PER_TURN
            text = f"{steps:,} actions without a rest: its actions emit events in a circle"
            self.machine.log.warning(text, state=self.live.snapshot.state)

    def _progressed(self, feed_id: int) -> None:
        """The action at work has told how far the machine's job has come."""
        self._ring_feed(feed_id)
        self._observe(self.live)

    def _release(self, effects: Effects) -> None:
        effects.release(self._ring, self._ring_feed, self.machine.log)

    def _put_off(self, error: StoreError, arrivals: tuple[Arrival, ...]) -> None:
        """Nothing could be stored: the senders are told, and the machine's own work is tried again, unless it stops."""
        if not self._store_failed:
            self._store_failed = True
            self.machine.log.warning(str(error), state=self.live.snapshot.state)
        for arrival in arrivals:
            arrival.reply(refusal(error.code, str(error)))
        if self._stopping is not None and not self._action.running:
            self._fail(error)  # what could not be stored is done again at the next start
        elif self._retry is None:  # one, however many senders are refused meanwhile
            self._retry = self._loop.call_later(STORE_RETRY_SECONDS, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self.poke()

    def _refit(self, definition: MachineDefinition, registry: Registry) -> None:
        try:
            self.live = refit(self.machine, self.live, definition)
        except (StoreBusy, StoreFull) as error:
            self._put_off(error, ())
            return
        except StateMachineError as error:
            self.machine.log.reload_failed(str(error), definition.file, self.live.snapshot.state)
        else:
            self.machine.definition, self.machine.registry = definition, registry
            self.machine.log.reloaded(definition.file, self.live.snapshot.state)
        self._reload = None

    # the end

    def _finish(self, reason: str) -> None:
        self._disarm()
        if not self.ended.done():
            self.ended.set_result(reason)

    def _fail(self, error: Exception) -> None:
        self._disarm()
        self._action.cancel()
        if not self.ended.done():
            self.ended.set_exception(error)

    def _disarm(self) -> None:
        self._action.disarm()
        for handle in (self._timer, self._retry):
            if handle is not None:
                handle.cancel()

    # the clock

    def _arm(self) -> None:
        """Sleep no longer than to the next timer; the wall clock is looked at again when it rings."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._action.ending:
            return  # nothing can be done about a timer until the cancelled action has ended
        due = self.next_due
        if due is not None:
            seconds = max(0.0, (due - now()) / SECOND)
            self._timer = self._loop.call_later(seconds, self._tick)
            if seconds > LONG_SLEEP_SECONDS:
                self._sleeps_long()

    def _tick(self) -> None:
        self._timer = None
        if self._delayed is not None and self._delayed <= now():
            self._woken = True
        self.poke()
