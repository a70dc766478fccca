"""The stage of a crash test: a database, the machines that live and die on it, and someone who watches the rows."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from crash.life import PATIENCE, Life, Waited
from crash.rows import Rows
from statemachine_cmd.db.event import Event
from statemachine_internal.control.addresses import control_path, ensure_runtime_dir
from statemachine_internal.control.delivery import Delivery, deliver
from statemachine_internal.feed.follow import Follower
from support.workspace import Workspace

T = TypeVar("T")

# Not every commit rings the feed: one that only moves the cursor has nothing to tell.
LOOK_AGAIN = 0.5


class Stage:
    """Machines of one database, for a test to start, kill and look at; none of them outlives it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.folder = workspace.path
        self.rows = Rows(str(workspace.database))
        self.lives: list[Life] = []
        self._follower = Follower("stage")

    def write(self, name: str, text: str) -> Path:
        """Write a definition, or an action."""
        return self.workspace.write(name, text)

    def live(
        self,
        machine: str,
        *arguments: str,
        config: str | None = None,
        knife: str | None = None,
        env: dict[str, str] | None = None,
        wrapper: tuple[str, ...] = (),
    ) -> Life:
        """Begin a life of ``machine``, defined by the file ``config`` (its own name's, by default)."""
        given = (config or f"{machine}.yaml", *arguments)
        life = Life(self.folder, self.workspace.env | (env or {}), machine, given, knife=knife, wrapper=wrapper)
        self.lives.append(life)
        return life

    def send(self, target: str, type: str, payload: str | None = None, source: str = "test") -> Delivery:
        """Send an event as ``statemachine-db send-event`` does: to the machine, or else into its inbox."""
        return deliver(Event(target=target, type=type, payload=payload, source=source, job_id=None))

    def socket(self, machine: str) -> str:
        """Where a machine listens."""
        return control_path(machine)

    def until(self, look: Callable[[], T], what: str) -> T:
        """Look at the rows, and again whenever the feed moves, until they say something true; returns that."""
        deadline = time.monotonic() + PATIENCE
        while True:
            self._follower.drain()
            if found := look():
                return found
            if time.monotonic() > deadline:
                raise Waited(f"within {PATIENCE:g} s not: {what}\n{self.testimony()}")
            self._follower.wait(LOOK_AGAIN)

    def until_state(self, machine: str, state: str) -> None:
        """Wait until a machine is in a state."""
        self.until(lambda: self.rows.state(machine) == state, f"{machine} in {state}")

    def until_rest(self, *machines: str) -> None:
        """Wait until all is done that there is to do."""
        self.until(lambda: self.rows.at_rest(*machines), f"{', '.join(machines)} at rest")

    def check(self) -> None:
        """The invariants that the product itself checks hold."""
        checked = self.workspace.run("statemachine-db", "check")
        assert checked.returncode == 0, checked.stdout + checked.stderr

    def testimony(self) -> str:
        """What is known, for a message."""
        machines = self.rows.ask(
            "SELECT machine_name, current_state, status, entry, cursor, list_end, attempts FROM machine_state"
        )
        open_events = self.rows.ask(
            "SELECT target, source, status, count(*), min(id) FROM machine_events"
            " WHERE status IN ('pending', 'deferred') GROUP BY 1, 2, 3"
        )
        alive = {life.machine: life for life in self.lives if life.process.poll() is None}
        last = {life.machine: life for life in self.lives} | alive
        words = "".join(f"-- {name} --\n{life.words()[-2000:]}" for name, life in last.items())
        return f"machines: {machines}\nopen events: {open_events}\nalive: {sorted(alive)}\n{words}"

    def close(self) -> None:
        """Kill what is alive, each by its own process id."""
        for life in self.lives:
            life.kill()
        self._follower.close()


class Signal:
    """A named pipe by which an action says that it is where the test wants it, or waits for the test's word."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        # Both ends, so that neither opening nor an end of file comes in between.
        self._file = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def line(self) -> str:
        """Wait for what was said."""
        poll = select.poll()
        poll.register(self._file, select.POLLIN)
        if not poll.poll(PATIENCE * 1000):
            raise Waited(f"nothing came through {self.path.name} within {PATIENCE:g} s")
        return os.read(self._file, 4096).decode()

    def say(self, word: str = "go") -> None:
        """Let whoever reads it go on."""
        os.write(self._file, f"{word}\n".encode())

    def close(self) -> None:
        os.close(self._file)


@contextmanager
def open_stage(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A stage in a workspace. This process sends and reads too, so it gets the same database and sockets."""
    monkeypatch.setenv("STATEMACHINE_DATABASE", str(workspace.database))
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", str(workspace.runtime_dir))
    ensure_runtime_dir()
    stage = Stage(workspace)
    try:
        yield stage
    finally:
        stage.close()


def wait_gone(descriptors: list[int]) -> bool:
    """Wait until the processes of these pidfds have ended; closes them."""
    try:
        for descriptor in descriptors:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            if not poll.poll(10_000):
                return False
        return True
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
