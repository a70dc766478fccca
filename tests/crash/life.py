"""One life of a machine: its process, from start to end, and what it tells its supervisor meanwhile."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

PATIENCE = 60.0  # seconds until a wait has failed
KNIFE = Path(__file__).with_name("knife.py")


class Waited(AssertionError):
    """Something that must come did not."""


class Life:
    """A process of ``machine``; its words go to files beside the database.

    Args:
        folder: where it works.
        env: its environment.
        machine: the machine's name.
        arguments: those of ``statemachine``, without the name.
        knife: ``POINT:N``, or None.
        wrapper: the start of an argv that runs another one, e.g. strace's.
    """

    count = 0

    def __init__(
        self,
        folder: Path,
        env: dict[str, str],
        machine: str,
        arguments: tuple[str, ...],
        *,
        knife: str | None = None,
        wrapper: tuple[str, ...] = (),
    ) -> None:
        Life.count += 1
        self.machine = machine
        self.errors = folder / f"{machine}-{Life.count}.err"
        notify = str(folder / f"notify-{Life.count}.sock")
        self._notified: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(notify)
        argv = [*wrapper, sys.executable, str(KNIFE), knife or "-", *arguments, "--machine-name", machine]
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                argv,
                cwd=folder,
                env=env | {"NOTIFY_SOCKET": notify},
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def words(self) -> str:
        """What it has said so far."""
        return self.errors.read_text(encoding="utf-8", errors="replace")

    def ready(self) -> Life:
        """Wait until its socket is served."""
        return self.told("READY=1")

    def told(self, word: str) -> Life:
        """Wait until it has said ``word`` to its supervisor (sd_notify(3)) once more."""
        deadline = time.monotonic() + PATIENCE
        with contextlib.ExitStack() as stack:
            ended = os.pidfd_open(self.pid)
            stack.callback(os.close, ended)
            poll = select.poll()
            poll.register(self._socket, select.POLLIN)
            poll.register(ended, select.POLLIN)
            while True:
                self._listen()
                if word in self._notified:
                    del self._notified[: self._notified.index(word) + 1]
                    return self
                if self.process.poll() is not None:
                    raise Waited(f"{self.machine} ended with {self.process.returncode} before {word}:\n{self.words()}")
                if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
                    raise Waited(f"{self.machine} did not say {word} within {PATIENCE:g} s:\n{self.words()}")

    def signal(self, number: int) -> Life:
        """Send it a signal."""
        self.process.send_signal(number)
        return self

    def end(self) -> int:
        """Wait for its end; returns the exit status, negative for a signal's number."""
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Waited(f"{self.machine} did not end within {PATIENCE:g} s:\n{self.words()}") from None
        finally:
            if self.process.returncode is not None:
                self._socket.close()

    def stop(self) -> int:
        """End it in order."""
        return self.signal(signal.SIGTERM).end()

    def kill(self) -> int:
        """End it at once; one that has ended already is no error."""
        if self.process.poll() is None:
            self.process.kill()
        return self.end()

    def _listen(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                self._notified += self._socket.recv(65536).decode().splitlines()
