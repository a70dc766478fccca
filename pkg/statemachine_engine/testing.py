"""Testing definitions: drive a machine event by event, move its clock, and say what its actions do.

::

    from statemachine_engine.testing import Harness

    def test_a_job_that_fails_is_reported():
        with Harness("worker.yaml") as machine:
            machine.fake("bash", error="no space left")
            machine.send("new_job", {"file": "a.png"})
            assert machine.state == "failed"
            assert machine.sent[0].type == "job_failed"

Transitions, conditions, timers, retries, the queue and the context are the engine's own, on a database in memory.
Nothing leaves the test: events that the machine sends stand in ``sent``, and an action that awaits (``bash``, a custom
one) does what ``fake`` says. Custom actions that aren't faked run as they are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from os import PathLike, fspath
from types import TracebackType
from typing import Any

from statemachine_internal.control.envelope import encode_message, parse_message
from statemachine_internal.definition.diagnostics import DefinitionError
from statemachine_internal.definition.loading import load, parse
from statemachine_internal.definition.model import MachineDefinition
from statemachine_internal.harness.driver import Driver, Restless
from statemachine_internal.harness.fakes import Fake, Fakes, FakingRegistry, Unfaked
from statemachine_internal.harness.seen import Call, Moved, SeenJob, Sent
from statemachine_internal.harness.sight import SHOWN, Sight, microseconds
from statemachine_internal.jobs import queue
from statemachine_internal.jobs.changing import found, over
from statemachine_internal.jobs.progress import percent
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.protocol import EventStatus, MachineStatus, NewEvent, Place, Process

__all__ = ["Call", "Harness", "Moved", "Restless", "SeenJob", "Sent", "Unfaked"]

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
"""What a machine's clock shows at first."""


class Harness(Sight):
    """A machine under test, started, and at rest between two calls.

    Args:
        definition: the path of a definition, or its text (anything with a line break in it).
        name: what the machine is called; by default as the program calls it.
        context: the context of the fresh run.
        actions_dir: where custom actions are; by default ``actions/`` beside the definition.
        fakes: what actions do that run at the start, by type: the arguments of :meth:`fake`.
        commands: let ``bash`` and others that aren't faked really run.

    Raises:
        DefinitionError: the definition has errors.
        Unfaked: the machine comes to an action that would touch the world.
        Restless: it does not come to rest.
    """

    def __init__(
        self,
        definition: str | PathLike[str],
        *,
        name: str | None = None,
        context: Mapping[str, Any] | None = None,
        actions_dir: str | PathLike[str] | None = None,
        fakes: Mapping[str, Mapping[str, Any]] | None = None,
        commands: bool = False,
    ) -> None:
        self._fakes = Fakes()
        for type, what in (fakes or {}).items():
            self.fake(type, **what)
        self._actions_dir = None if actions_dir is None else fspath(actions_dir)
        loaded = _loaded(fspath(definition))
        stem = os.path.splitext(os.path.basename(loaded.file))[0]
        self._driver = Driver(
            loaded,
            name or loaded.machine_name or stem,
            fakes=self._fakes,
            registry=self._registry(loaded),
            context=dict(context or {}),
            now=microseconds(BEGIN),
            commands=commands,
        )
        self._driver.settle()

    def __enter__(self) -> Harness:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        failed = f", errors: {self.errors}" if self.errors else ""
        return f"<{self._driver.machine.name} in {self.state!r}{failed}>"

    def close(self) -> None:
        """Give the database back."""
        self._driver.store.close()

    # what to do

    def fake(
        self,
        type: str,
        *,
        event: str | None = None,
        context: Mapping[str, Any] | None = None,
        error: str | None = None,
        seconds: float = 0.0,
        progress: float | None = None,
        state: str | None = None,
        times: int | None = None,
    ) -> None:
        """Say what comes of actions of a type, from now on. The newest that suits counts.

        Args:
            type: the action's type, built-in or custom; it needn't even exist.
            event: the event that it emits, "" for none; with ``error`` the one that the failure emits. By default what
                the definition says: a built-in action's ``success`` or ``error``. A custom action emits none.
            context: what it writes into the context.
            error: it fails with this message.
            seconds: how long it takes, on the machine's clock.
            progress: how far it says that the machine's job has come, in percent, as soon as it begins.
            state: in this state alone.
            times: so often, and then what was said before counts again.

        Raises:
            ActionError: ``progress`` is no number from 0 to 100.
        """
        self._fakes.add(
            Fake(
                type=type,
                state=state,
                event=event,
                context=dict(context or {}),
                error=error,
                seconds=seconds,
                progress=None if progress is None else percent(progress),
                left=times,
            )
        )

    def send(
        self, type: str, payload: Mapping[str, Any] | None = None, *, job_id: str | None = None, source: str = "test"
    ) -> str:
        """Send an event, and let the machine do all it can do at once.

        Returns:
            What became of the event: ``processed``, ``ignored``, ``deferred``, ``failed``, or ``pending`` while an
            action is at work.

        Raises:
            StateMachineError: no machine takes such an event; its type is empty, for example.
        """
        driver, name = self._driver, self._driver.machine.name
        parse_message(encode_message(type, job_id=job_id, source=source))
        event = NewEvent(target=name, type=type, payload=json.dumps(payload or {}), source=source, job_id=job_id)
        with driver.store.transaction():
            id, _ = driver.store.accept(event, EventStatus.PENDING, driver.now)
        driver.settle()
        ((status,),) = driver.rows(SHOWN.event_status, id)
        return str(status)

    def advance(self, seconds: float) -> None:
        """Let time pass: timers fire, retries come, actions end, each at its time and in order.

        Raises:
            ValueError: ``seconds`` are below 0.
        """
        self._driver.advance(seconds)

    def add_job(self, id: str, type: str, payload: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Put a job into the queue. ``more``: machine_type, input_file, priority, max_attempts, unique_key, source_job.

        Raises:
            JobRefused: the id is used.
        """
        driver = self._driver
        with driver.store.transaction():
            queue.add(
                driver.store, NewJob(id=id, type=type, payload=json.dumps(payload or {}), **more), driver.now, _nobody
            )
        driver.settle()

    def finish_job(self, id: str, *, result: Any = None, error: str | None = None) -> None:
        """Somebody else completes a job, or, with ``error``, fails it for good.

        Raises:
            JobRefused: there is no such job, or it is finished already.
        """
        driver = self._driver
        job = found(driver.store, id)
        with driver.store.transaction():
            if error is None:
                done = queue.complete(driver.store, id, result, driver.now, _nobody)
            else:
                done = queue.fail(driver.store, id, error, driver.now, _nobody, final=True)
        if not done:
            raise over(job)
        driver.settle()

    def other_machine(self, name: str, state: str, *, running: bool = True) -> None:
        """Let there be another machine, in this state, for ``check_machine_state`` and the like."""
        driver = self._driver
        status = MachineStatus.WAITING if running else MachineStatus.STOPPED
        place = Place(state=state, status=status, entry=1, via="", list_start=0, cursor=0, list_end=0)
        with driver.store.transaction():
            row = driver.store.machine(name)
            if row is None:
                process = Process(pid=0, boot_id="")
                driver.store.create(
                    name, place, digest="", config_type=name, control_path=None, process=process, now=driver.now
                )
            driver.store.save(name, 1 if row is None else row.epoch, place, driver.now)
        (driver.alive.add if running else driver.alive.discard)(name)
        driver.settle()

    def restart(self, definition: str | PathLike[str] | None = None, *, killed: bool = False) -> None:
        """End the process and start it again, perhaps with a changed definition.

        Args:
            definition: a path or a text, as at the beginning.
            killed: it ends without a word; an action that was at work is then started once more.

        Raises:
            StoredStateGone: the definition no longer has the machine's state.
        """
        driver = self._driver
        if not killed:
            driver.stop()
        if definition is not None:
            changed = _loaded(fspath(definition))
            driver.use(changed, self._registry(changed))
        driver.live = driver.begin({})
        driver.settle()

    def _registry(self, definition: MachineDefinition) -> FakingRegistry:
        beside = os.path.join(os.path.dirname(os.path.abspath(definition.file)), "actions")
        return FakingRegistry(self._fakes, self._actions_dir, beside)


def _loaded(definition: str) -> MachineDefinition:
    is_text = "\n" in definition
    loaded = parse(definition, "machine.yaml") if is_text else load(definition)
    if loaded.definition is None:
        raise DefinitionError(loaded.diagnostics)
    return loaded.definition


def _nobody(_machine: str) -> None:
    """The machine looks at the queue after each call anyway."""
