"""A scratch folder for a test, and the programs that run in it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE_ROOTS = [ROOT / "pkg", ROOT / "internal", ROOT / "cmd"]
MODULES = {
    "statemachine": "statemachine_cmd.statemachine",
    "statemachine-db": "statemachine_cmd.database",
    "statemachine-events": "statemachine_cmd.events",
    "statemachine-system": "statemachine_cmd.system",
    "statemachine-ui": "statemachine_cmd.ui",
    "statemachine-validate": "statemachine_cmd.validate.program",
}

# A test run that is itself a service must not lend its sockets, its watchdog or its journal to the programs under test.
INHERITED_FROM_SYSTEMD = frozenset(
    {
        "CREDENTIALS_DIRECTORY",
        "INVOCATION_ID",
        "JOURNAL_STREAM",
        "LISTEN_FDNAMES",
        "LISTEN_FDS",
        "LISTEN_PID",
        "NOTIFY_SOCKET",
        "WATCHDOG_PID",
        "WATCHDOG_USEC",
    }
)


def program_argv(name: str) -> list[str]:
    """The start of an argv that runs one of our programs from this source tree.

    Args:
        name: ``statemachine`` or ``statemachine-db``.
    """
    return [sys.executable, "-m", MODULES[name]]


@dataclass(kw_only=True)
class Running:
    """A program in the background; its output goes to files, so that it never blocks on a full pipe."""

    process: subprocess.Popen[bytes]
    stdout_path: Path
    stderr_path: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def stdout(self) -> str:
        return self.stdout_path.read_text(encoding="utf-8", errors="replace")

    def stderr(self) -> str:
        return self.stderr_path.read_text(encoding="utf-8", errors="replace")

    def wait(self, timeout: float = 30) -> int:
        """Wait for the end; returns the exit status (negative: the signal's number)."""
        return self.process.wait(timeout)

    def stop(self, signum: int = signal.SIGTERM, timeout: float = 30) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(signum)
        return self.wait(timeout)

    def kill(self) -> None:
        """End it at once; one that has ended already is no error."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)


@dataclass(kw_only=True)
class Workspace:
    """A folder under /tmp with a short path (a unix socket's has 107 bytes at most), and its programs."""

    path: Path
    env: dict[str, str]
    running: list[Running] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.path / "statemachine.db"

    @property
    def runtime_dir(self) -> Path:
        return self.path / "run"

    def write(self, name: str, text: str) -> Path:
        """Write a file into the folder, parents included; returns its path."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def run(
        self, name: str, *arguments: str | Path, env: dict[str, str] | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, and return its exit status and what it printed. Any status will do."""
        return subprocess.run(
            [*program_argv(name), *map(str, arguments)],
            cwd=self.path,
            env=self.env | (env or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )

    def start(self, name: str, *arguments: str | Path, env: dict[str, str] | None = None) -> Running:
        """Start a program in the background. If it is still alive when the test ends, it is killed."""
        number = len(self.running) + 1
        stdout_path = self.path / f"{name}-{number}.out"
        stderr_path = self.path / f"{name}-{number}.err"
        with stdout_path.open("wb") as stdout, stderr_path.open("wb") as stderr:
            process = subprocess.Popen(
                [*program_argv(name), *map(str, arguments)],
                cwd=self.path,
                env=self.env | (env or {}),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )
        running = Running(process=process, stdout_path=stdout_path, stderr_path=stderr_path)
        self.running.append(running)
        return running


def program_environment(path: Path) -> dict[str, str]:
    """The environment of the programs that work in the folder ``path``."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in INHERITED_FROM_SYSTEMD and not key.startswith("STATEMACHINE_")
    }
    return kept | {
        "STATEMACHINE_DATABASE": str(path / "statemachine.db"),
        "STATEMACHINE_RUNTIME_DIR": str(path / "run"),
        "PYTHONPATH": os.pathsep.join(map(str, SOURCE_ROOTS)),
    }


@contextlib.contextmanager
def open_workspace() -> Iterator[Workspace]:
    """Make a workspace; at the end its programs are killed, each by its process id, and the folder is removed."""
    path = Path(tempfile.mkdtemp(prefix="sm-", dir="/tmp"))
    workspace = Workspace(path=path, env=program_environment(path))
    workspace.runtime_dir.mkdir(mode=0o700)
    try:
        yield workspace
    finally:
        for running in workspace.running:
            running.kill()
        shutil.rmtree(path)
