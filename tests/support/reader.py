"""One who follows a page of the documentation: types its commands, writes its files, and looks at what is printed.

Imports nothing but the standard library: the booted systems have readers too.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from support.documents import Block, Interrupt, Step

PATIENCE = 40.0  # seconds
STAYS = re.compile(r"^((statemachine|statemachine-system|statemachine-ui|statemachine-events)( |$)|journalctl .*-f)")
"""Programs that run until they are ended."""
ENDS = re.compile(r" --(help|version|duration)\b")
SERVES = re.compile(r"^statemachine-ui|^statemachine-system(?!.* --no-monitor)")
SERVING = re.compile(r"https?://")
RUNNING = re.compile(r"(started|resumed) in ")
INTERRUPTED = {"journalctl": (130, -signal.SIGINT)}
"""How programs end at Ctrl+C that don't end with 0."""


class Terminal:
    """A terminal in which a script runs, with all that it shows."""

    def __init__(self, script: str, folder: Path, env: Mapping[str, str], login: Sequence[str] = ()) -> None:
        self.script = script
        self._shown: list[str] = []
        self._changed = threading.Condition()
        self._closed = False
        self.process = subprocess.Popen(
            [*login, "bash", "-e", "-u", "-o", "pipefail", "-c", script],
            cwd=folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # a group of its own, which gets its Ctrl+C
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as shown:
            for line in shown:
                with self._changed:
                    self._shown.append(line)
                    self._changed.notify_all()
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def program(self) -> str:
        """The program that runs last."""
        return commands(self.script)[-1].split()[0]

    def text(self) -> str:
        """All that was shown so far."""
        with self._changed:
            return "".join(self._shown)

    def shows(self, pattern: re.Pattern[str], seconds: float) -> bool:
        """Wait until a line is like this; False if it doesn't come."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed or self._has(pattern), seconds) and self._has(pattern)

    def _has(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(line) for line in self._shown)

    def ended(self) -> int:
        """Wait for the end; returns the exit status."""
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status

    def interrupt(self) -> None:
        """Ctrl+C."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)

    def kill(self) -> None:
        """End what is left; no error where nothing is."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)


class Reader:
    """Follows a page in a folder.

    Args:
        page: what it is called in complaints.
        folder: where the reader stands at first.
        env: of the terminals.
        instead: what is different here than at the reader's desk, such as a port: words → other words.
        login: what each terminal begins with, such as ``runuser``.
    """

    def __init__(
        self,
        page: str,
        folder: Path,
        env: Mapping[str, str],
        instead: Mapping[str, str] | None = None,
        login: Sequence[str] = (),
    ) -> None:
        self._page, self._folder, self._env, self._instead, self._login = page, folder, env, instead or {}, login
        self._open: list[Terminal] = []
        self._last: Terminal | None = None

    def follow(self, steps: list[Step], place: str) -> int:
        """Do what the page says for this place; returns how many blocks were run."""
        run = 0
        try:
            for step in steps:
                here = step.place == place
                if isinstance(step, Interrupt):
                    self._interrupt()
                elif (here and step.reason is None) or _is_own(step.path):
                    run += self._do(step)
            self._interrupt()
        finally:
            for terminal in self._open:
                terminal.kill()
        return run

    def _do(self, block: Block) -> bool:
        text = block.text
        for words, others in self._instead.items():
            text = text.replace(words, others)
        if block.path is not None:
            path = self._folder / block.path.replace("~", self._env["HOME"], 1)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif block.language == "sh":
            self._type(block, text)
            return True
        elif block.language == "text" and self._last is not None:
            for line in text.splitlines():
                self._see(block, line)
        return False

    def _type(self, block: Block, script: str) -> None:
        self._last = terminal = Terminal(script, self._folder, self._env, self._login)
        last = commands(script)[-1]
        if STAYS.match(last) and not ENDS.search(last):
            self._open.append(terminal)
            if not terminal.shows(SERVING if SERVES.match(last) else RUNNING, PATIENCE):
                self._fail(block, "it did not start")
            return
        try:
            status = terminal.ended()
        except subprocess.TimeoutExpired:
            self._fail(block, "it did not end")
        finally:
            terminal.kill()
        if status != 0:
            self._fail(block, f"it ended with {status}")

    def _see(self, block: Block, line: str) -> None:
        """Look for a line in what the last command has shown, and in the terminals where programs still run."""
        pieces = [r"\s+".join(map(re.escape, piece.split())) for piece in line.split("…")]
        pattern = re.compile(r"^\s*" + ".*".join(pieces) + r"\s*$")
        deadline = time.monotonic() + PATIENCE
        places = [self._last, *self._open]
        for terminal in places:
            if terminal is not None and terminal.shows(pattern, 0.0):
                return
        for terminal in self._open:  # they go on: what is to be seen may still come
            if terminal.shows(pattern, max(0.0, deadline - time.monotonic()) / len(self._open)):
                return
        self._fail(block, f"this is not seen: {line}")

    def _interrupt(self) -> None:
        for terminal in reversed(self._open):
            terminal.interrupt()
        for terminal in self._open:
            status = terminal.ended()
            if status not in (0, *INTERRUPTED.get(terminal.program, ())):
                raise AssertionError(f"{self._page}: {terminal.script}ended with {status}\n{terminal.text()}")
        self._open.clear()

    def _fail(self, block: Block, why: str) -> NoReturn:
        terminals = dict.fromkeys(terminal for terminal in (*self._open, self._last) if terminal is not None)
        shown = "".join(f"--- {terminal.script}{terminal.text()}" for terminal in terminals)
        raise AssertionError(f"{self._page}:{block.line}: {why}\n{shown}")


def _is_own(path: str | None) -> bool:
    """Whether it is a file of the reader's, which is there for all that follows, and not one of the system."""
    return path is not None and not path.startswith("/")


def commands(script: str) -> list[str]:
    """The lines of a script that begin a command."""
    return [line for line in script.replace("\\\n", " ").splitlines() if line.strip() and line[0] not in "# "]
