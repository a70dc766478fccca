"""A machine's process: what must be there before its engine runs, in order, and what goes away after it, in reverse."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

from statemachine_internal.actions.base import as_json
from statemachine_internal.actions.process import sweep
from statemachine_internal.actions.registry import Registry
from statemachine_internal.control.addresses import RuntimeDirError, check_machine_name, control_path
from statemachine_internal.control.doorbell import ring
from statemachine_internal.control.listen import open_control_socket
from statemachine_internal.control.server import ControlServer
from statemachine_internal.definition import DefinitionError, Severity, load
from statemachine_internal.definition.model import MachineDefinition
from statemachine_internal.errors import EX_CONFIG, EX_USAGE, ConfigurationError, StateMachineError, UsageError
from statemachine_internal.feed.wakeup import FeedBell
from statemachine_internal.runtime.engine import FINAL_STATE, Engine
from statemachine_internal.runtime.idling import IDLE, IdleExit, ask_for_wake, has_timer_ahead
from statemachine_internal.runtime.leaving import first_pending, leave, pass_over, was_done
from statemachine_internal.runtime.live import Live, Machine, Phase
from statemachine_internal.runtime.lock import MachineLock
from statemachine_internal.runtime.options import Options
from statemachine_internal.runtime.performing import describe
from statemachine_internal.runtime.resume import take_over
from statemachine_internal.runtime.watching import FeedWatch
from statemachine_internal.service.activation import inherited_sockets, turn_away
from statemachine_internal.service.logging import configure_logging, get_logger
from statemachine_internal.service.notify import Notifier
from statemachine_internal.service.records import MachineLog
from statemachine_internal.store.paths import database_path
from statemachine_internal.store.sqlite import SqliteStore


def read_definition(path: str) -> tuple[MachineDefinition, list[str]]:
    """The definition and its warnings, a line each. Raises DefinitionError with all its errors."""
    loaded = load(path)
    if loaded.definition is None:
        raise DefinitionError(loaded.diagnostics)
    return loaded.definition, [d.render() for d in loaded.diagnostics if d.severity is Severity.WARNING]


def machine_name(options: Options, definition: MachineDefinition) -> str:
    """The name that was asked for, else the definition's, else the file's stem."""
    stem = os.path.splitext(os.path.basename(options.config))[0]
    return check_machine_name(options.machine_name or definition.machine_name or stem)


def _check_context(context: Mapping[str, Any]) -> None:
    """Refuse an initial context that the database can't hold."""
    for key, value in context.items():
        if as_json(value) is None:
            kind = type(value).__name__
            raise UsageError(
                f"--initial-context: {key!r} holds a {kind} that JSON can't carry; use text, numbers, lists, maps"
            )


def make_registry(options: Options, definition: MachineDefinition) -> Registry:
    """The actions of a definition, looked at before the first of them is needed."""
    beside = os.path.join(os.path.dirname(os.path.abspath(options.config)), "actions")
    registry = Registry(options.actions_dir, default_dir=beside)
    registry.check(definition)
    return registry


class Host:
    """Runs one machine until it ends. Raises StateMachineError if it can't begin, or can't go on."""

    def __init__(self, options: Options, *, loaded: tuple[MachineDefinition, list[str]] | None = None) -> None:
        self.options = options
        self._loaded = loaded
        self._notifier = Notifier()
        self._engine: Engine | None = None

    async def run(self, *, signals: bool = False) -> str:
        """Run to the end, and say why it came. ``signals`` makes SIGTERM, SIGINT and SIGHUP this machine's."""
        activated = inherited_sockets()
        try:
            reason, timer_ahead = await self._run(activated, signals)
        except StateMachineError as error:
            if error.exit_code in (EX_USAGE, EX_CONFIG):
                turn_away(activated)
            raise
        if timer_ahead:
            ask_for_wake()  # the lock is free by now: who looks finds a machine that doesn't run
        return reason

    async def _run(self, activated: list[socket.socket], signals: bool) -> tuple[str, bool]:
        """The run, or runs; returns why it ended, and whether somebody must wake the machine for a timer."""
        _check_context(self.options.initial_context or {})
        definition, warnings = self._loaded or read_definition(self.options.config)
        name = machine_name(self.options, definition)
        configure_logging(machine=name, debug=self.options.debug)
        log = MachineLog(get_logger(machine=name))
        for warning in warnings:
            log.warning(warning)
        registry = make_registry(self.options, definition)
        with ExitStack() as stack:
            lock = MachineLock(name)
            stack.callback(lock.release)
            store = SqliteStore(database_path())
            stack.callback(store.close)
            machine = Machine(name, definition, registry, store, log)
            if not self.options.fresh and was_done(machine):
                return FINAL_STATE, False
            while True:
                first = first_pending(machine)
                reason = await self._run_once(machine, activated, signals)
                if not activated or reason not in (FINAL_STATE, IDLE):
                    break
                # An event that came while the run ended begins the next one: systemd no longer knows of it.
                pending = first_pending(machine)
                if pending is None:
                    break
                if reason == FINAL_STATE and pending == first:
                    pass_over(machine, pending)
            leave(machine)
            return reason, reason == IDLE and has_timer_ahead(machine)

    def stop(self, reason: str) -> None:
        """End in order."""
        if self._engine is not None:
            self._engine.stop(reason)

    async def _run_once(self, machine: Machine, activated: list[socket.socket], signals: bool) -> str:
        loop = asyncio.get_running_loop()
        prefix = self.options.control_socket_prefix
        own_path = None if activated else control_path(machine.name, prefix)
        live, effects = take_over(
            machine,
            fresh=self.options.fresh,
            initial_context=self.options.initial_context,
            control_path=own_path if prefix else None,
        )
        # After the claim: a process that lost its lock can't store what this does to its commands.
        sweep(machine.name)
        with ExitStack() as stack:
            bell = stack.enter_context(FeedBell(self.options.event_socket_path))
            sock = activated[0] if activated else _listen(machine.name, prefix)
            watch = FeedWatch(machine.name, loop, lambda: engine.wake())  # noqa: PLW0108 - there is no engine yet
            stack.callback(watch.close)
            idle = IdleExit(
                machine.definition.idle_exit if activated else None,
                loop,
                lambda: engine.next_due,
                lambda: engine.stop(IDLE),
            )
            stack.callback(idle.close)
            engine = Engine(
                machine,
                live,
                loop=loop,
                ring=partial(_ring, machine),
                ring_feed=bell.ring,
                observe=lambda live: self._observe(live, watch, idle),
            )
            self._engine = engine
            server = ControlServer(sock, engine.receive, loop=loop, own_path=own_path, on_quiet=engine.turn_now)
            stack.callback(server.close)
            if signals:
                self._take_signals(loop, engine, server, stack)
            self._watchdog(loop, engine, stack)
            self._notifier.ready(_status(live))
            for target in machine.store.outbox_targets(machine.name):
                effects.rings[target] = None
            engine.begin(effects)
            try:
                return await asyncio.shield(engine.ended)  # whose turns go on when this is cancelled
            except asyncio.CancelledError:
                engine.stop("cancelled")
                engine.stop("cancelled")
                await asyncio.wait([engine.ended])
                if (error := engine.ended.exception()) is not None:
                    raise error from None
                raise
            finally:
                self._engine = None

    def _observe(self, live: Live, watch: FeedWatch, idle: IdleExit) -> None:
        watch.observe(live)
        idle.observe(live)
        if self._notifier.active:
            self._notifier.status(_status(live))

    def _take_signals(
        self, loop: asyncio.AbstractEventLoop, engine: Engine, server: ControlServer, stack: ExitStack
    ) -> None:
        def stop(name: str) -> None:
            server.pause()
            self._notifier.stopping()
            engine.stop(name)

        handlers: dict[signal.Signals, Callable[[], None]] = {
            signal.SIGTERM: partial(stop, "SIGTERM"),
            signal.SIGINT: partial(stop, "SIGINT"),
            signal.SIGHUP: partial(self._reload, engine),
        }
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
            stack.callback(loop.remove_signal_handler, number)

    def _reload(self, engine: Engine) -> None:
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

    def _watchdog(self, loop: asyncio.AbstractEventLoop, engine: Engine, stack: ExitStack) -> None:
        """Fed by the loop that makes transitions, and by nothing else; the backstop for a lost doorbell rides along."""
        interval = self._notifier.watchdog_interval()
        if interval is None:
            return
        handle: asyncio.TimerHandle | None = None

        def tick() -> None:
            nonlocal handle
            self._notifier.watchdog()
            engine.wake()
            handle = loop.call_later(interval, tick)

        tick()
        stack.callback(lambda: handle.cancel() if handle is not None else None)


def _listen(name: str, prefix: str | None) -> socket.socket:
    try:
        return open_control_socket(name, prefix)
    except OSError as error:
        path = control_path(name, prefix)
        raise ConfigurationError(
            f"can't listen on {path}: {error.strerror}; check its folder, or choose another --control-socket-prefix"
        ) from error


def _ring(machine: Machine, target: str) -> None:
    """Wake a machine, where it listens by its name or where its row says."""
    try:
        heard = ring(control_path(target))
    except RuntimeDirError:  # no socket can stand there
        heard = False
    if not heard:
        row = machine.store.machine(target)
        if row is not None and row.control_path is not None:
            ring(row.control_path)


def _status(live: Live) -> str:
    """Where the machine stands, in a line, for ``systemctl status``."""
    if live.phase is Phase.ACTING:
        return f"{live.snapshot.state}: {describe(live.spec)}"
    return f"{live.snapshot.state} ({live.phase.value})"
