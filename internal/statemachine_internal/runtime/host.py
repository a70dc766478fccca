"""A machine's process: what must be there before its engine runs, in order, and what goes away after it, in reverse.

::

    Host.run ── the socket that systemd hands over
      └─ _run ── definition, lock, store, signals
           └─ _run_once, again while events begin new runs ── the claim, control socket, feed, watchdog, Engine
"""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import ExitStack
from functools import partial

from statemachine_internal.control.addresses import control_path, ensure_runtime_dir
from statemachine_internal.control.callers import let_in
from statemachine_internal.control.server import ControlServer
from statemachine_internal.definition.model import MachineDefinition
from statemachine_internal.errors import EX_CONFIG, EX_USAGE, StateMachineError
from statemachine_internal.feed.wakeup import FeedBell
from statemachine_internal.runtime.children import ChildProcesses
from statemachine_internal.runtime.clock_steps import ClockSteps
from statemachine_internal.runtime.engine import DRAIN_SECONDS, Engine
from statemachine_internal.runtime.idling import IDLE, IdleExit, ask_for_wake, has_timer_ahead
from statemachine_internal.runtime.leaving import (
    first_pending,
    has_nothing_to_begin,
    is_over,
    leave,
    pass_over,
    say_rung_for_nothing,
    sweep_up,
    was_at_work,
    was_done,
)
from statemachine_internal.runtime.live import FINAL_STATE, RESET, Live, Machine
from statemachine_internal.runtime.lock import MachineLock
from statemachine_internal.runtime.options import Options
from statemachine_internal.runtime.performing import CANCEL_SECONDS
from statemachine_internal.runtime.resume import take_over
from statemachine_internal.runtime.sockets import listen, ring_at
from statemachine_internal.runtime.sources import check_context, machine_name, make_registry, read_definition
from statemachine_internal.runtime.standing import status_line
from statemachine_internal.runtime.watchdog import Watchdog
from statemachine_internal.runtime.watching import FeedWatch
from statemachine_internal.service.activation import inherited_sockets, turn_away
from statemachine_internal.service.logging import configure_logging, speaking_for
from statemachine_internal.service.notify import Notifier
from statemachine_internal.service.records import MachineLog
from statemachine_internal.store.paths import database_path
from statemachine_internal.store.sqlite import SqliteStore

STOP_SECONDS = 5.0  # for what a stop has to store and to close


class Host:
    """Runs one machine until it ends. Raises StateMachineError if it can't begin, or can't go on.

    ``program`` says that the process is this machine's: its signals, its log and its line to systemd. Inside somebody's
    program those are left alone. ``loaded`` is the definition with its warnings, where it has been read already.
    """

    def __init__(
        self,
        options: Options,
        *,
        program: bool = False,
        loaded: tuple[MachineDefinition, list[str]] | None = None,
    ) -> None:
        self.options = options
        self._program = program
        self._loaded = loaded
        self._notifier = Notifier(silent=not program)
        self._engine: Engine | None = None
        self._server: ControlServer | None = None
        self._callers: list[socket.socket] = []  # who waited in the socket when the process started, if it looked
        self._stopped = False  # nothing that comes may begin another run

    async def run(self) -> str:
        """Run to the end, and say why it came."""
        activated = inherited_sockets() if self._program else []
        try:
            reason, timer_ahead = await self._run(activated)
        except StateMachineError as error:
            if error.exit_code in (EX_USAGE, EX_CONFIG):
                turn_away(activated)
            raise
        if timer_ahead:
            ask_for_wake()  # the lock is free by now: who looks finds a machine that doesn't run
        return reason

    def stop(self, reason: str) -> None:
        """End in order."""
        self._stopped = True
        if self._engine is not None:
            self._engine.stop(reason)

    async def _run(self, activated: list[socket.socket]) -> tuple[str, bool]:
        """The run, or runs; returns why the last one ended, and whether somebody must wake the machine in time."""
        check_context(self.options.initial_context or {})
        definition, warnings = self._loaded or read_definition(self.options.config)
        name = machine_name(self.options, definition)
        if self._program:
            configure_logging(machine=name, debug=self.options.debug)
        with ExitStack() as stack:
            stack.enter_context(speaking_for(name))
            log = MachineLog()
            for warning in warnings:
                log.warning(warning)
            registry = make_registry(self.options, definition)
            ensure_runtime_dir()
            lock = MachineLock(name)
            stack.callback(lock.release)
            store = SqliteStore(database_path())
            stack.callback(store.close)
            machine = Machine(name, definition, registry, store, log, alone=self._program)
            if not self.options.fresh and was_done(machine):
                return self._come_to_nothing(machine, activated)
            if activated and not self.options.fresh and is_over(machine):
                called, self._callers = let_in(activated[0])
                stack.callback(self._turn_callers_away)
                if called and not self._callers:  # an event that isn't due, or one that was taken before the ring came
                    say_rung_for_nothing(machine)
                    return self._come_to_nothing(machine, activated)
            if self.options.if_asked and has_nothing_to_begin(machine):
                return FINAL_STATE, False  # who was asked for has been here already
            if self._program:
                self._take_signals(stack)
            try:
                reason = await self._run_on(machine, activated)
            except asyncio.CancelledError:
                leave(machine)
                raise
            leave(machine)
            return reason, bool(activated) and reason in (FINAL_STATE, IDLE) and has_timer_ahead(machine)

    def _come_to_nothing(self, machine: Machine, activated: list[socket.socket]) -> tuple[str, bool]:
        """There is no run to begin. An end before it was ready is a failure to systemd, which would start it again."""
        self._notifier.ready("finished")
        return FINAL_STATE, bool(activated) and has_timer_ahead(machine)

    async def _run_on(self, machine: Machine, activated: list[socket.socket]) -> str:
        """Run, and again for an event that came while a run ended: systemd no longer knows of it."""
        fresh = self.options.fresh
        while True:
            first = first_pending(machine)
            reason = await self._run_once(machine, activated, fresh)
            fresh = reason == RESET
            if fresh and not self._stopped:
                continue
            if not activated or self._stopped or reason not in (FINAL_STATE, IDLE) or machine.paused:
                return reason
            pending = first_pending(machine)
            if pending is None:
                return reason
            if reason == FINAL_STATE and pending == first:
                pass_over(machine, pending)

    async def _run_once(self, machine: Machine, activated: list[socket.socket], fresh: bool) -> str:
        loop = asyncio.get_running_loop()
        prefix = self.options.control_socket_prefix
        own_path = None if activated else control_path(machine.name, prefix)
        cut_short = was_at_work(machine)
        live, effects = take_over(
            machine,
            fresh=fresh,
            initial_context=self.options.initial_context,
            control_path=own_path,  # for senders whose runtime folder is another one
        )
        if cut_short:
            # After the claim: a process that lost its lock can't store what this does to its commands.
            sweep_up(machine)
        with ExitStack() as stack:
            bell = stack.enter_context(FeedBell(self.options.event_socket_path))
            sock = activated[0] if activated else listen(machine.name, prefix)
            watch = FeedWatch(machine, loop, lambda: engine.wake())  # noqa: PLW0108 - there is no engine yet
            stack.callback(watch.close)
            idle = IdleExit(
                lambda: machine.definition.idle_exit if activated else None,
                loop,
                lambda: engine.next_due,
                lambda: engine.stop(IDLE),
            )
            stack.callback(idle.close)
            children = ChildProcesses(machine, self.options, loop, lambda: engine.wake())  # noqa: PLW0108
            stack.callback(children.close)
            machine.children = children
            steps = ClockSteps(loop, lambda: engine.wake())  # noqa: PLW0108
            stack.callback(steps.close)
            engine = Engine(
                machine,
                live,
                loop=loop,
                ring=partial(ring_at, machine),
                ring_feed=bell.ring,
                observe=lambda live: self._observe(machine, live, watch, idle),
                sleeps_long=steps.watch,
            )
            server = ControlServer(
                sock,
                engine.receive,
                loop=loop,
                own_path=own_path,
                on_quiet=engine.turn_now,
                on_refusal=machine.log.refused,
                accepted=self._callers,
            )
            self._callers = []
            stack.callback(server.close)
            stack.callback(Watchdog(self._notifier, loop, engine.wake).close)
            self._engine, self._server = engine, server
            self._notifier.ready(status_line(live, machine.paused))
            for target in machine.store.outbox_targets(machine.name):
                effects.rings[target] = None
            engine.begin(effects)
            try:
                return await _end_of(engine)
            finally:
                self._engine = self._server = None

    def _observe(self, machine: Machine, live: Live, watch: FeedWatch, idle: IdleExit) -> None:
        watch.observe(live)
        idle.observe(live, machine.paused)
        if self._notifier.active:
            self._notifier.status(status_line(live, machine.paused, machine.progress))

    def _turn_callers_away(self) -> None:
        for caller in self._callers:  # no server was made for them
            caller.close()

    # signals: from the first claim to the end of the last run, so that none comes between two of them and kills

    def _take_signals(self, stack: ExitStack) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop_by, number.name)
            stack.callback(loop.remove_signal_handler, number)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        stack.callback(loop.remove_signal_handler, signal.SIGHUP)

    def _stop_by(self, signal_name: str) -> None:
        if self._server is not None:
            self._server.pause()
        self._notifier.stopping()
        # The action at work gets its time, and the time to heed its cancellation, whatever the unit allows.
        self._notifier.extend_timeout(DRAIN_SECONDS + CANCEL_SECONDS + STOP_SECONDS)
        self.stop(signal_name)

    def _reload(self) -> None:
        engine = self._engine
        if engine is None:
            return
        self._notifier.reloading()
        log = engine.machine.log
        try:
            definition, warnings = read_definition(self.options.config)
            registry = make_registry(self.options, definition)
        except StateMachineError as error:
            log.reload_failed(str(error), self.options.config, engine.live.snapshot.state)
        else:
            for warning in warnings:
                log.warning(warning)
            engine.reload(definition, registry)
        self._notifier.ready()


async def _end_of(engine: Engine) -> str:
    """Wait for the end of a run; who cancels this stops it in order, without its time for the action at work."""
    try:
        return await asyncio.shield(engine.ended)  # whose turns go on when this is cancelled
    except asyncio.CancelledError:
        engine.stop("cancelled")
        engine.stop("cancelled")
        await asyncio.wait([engine.ended])
        if (error := engine.ended.exception()) is not None:
            raise error from None
        raise
