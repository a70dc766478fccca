"""A booted system from the outside: it is started, its checks run, and what they found is brought back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.workspace import INHERITED_FROM_SYSTEMD, ROOT
from system.inside.check import BOOTS

TESTS = Path(__file__).resolve().parents[1]
LONGEST = 600  # seconds
TAIL = 80  # lines


@dataclass(kw_only=True)
class Findings:
    """What the checks of a system found: its results by the check's id, its journal, and how long it all took."""

    system: str
    results: dict[str, dict[str, Any]]
    journal: Path
    trouble: str
    seconds: float

    def failure(self, check: str) -> str | None:
        """Why a check failed, with what the system's journal says of its time; None if it holds."""
        result = self.results.get(check)
        if result is None:
            return f"it was not reached\n{self.trouble}\n{self._tail(None)}"
        if "failure" not in result:
            return None
        return f"{result['failure']}\n{self._tail(check)}"

    def said(self) -> list[str]:
        """What the checks had to say, line by line."""
        return [line for result in self.results.values() for line in result.get("said", ())]

    def _tail(self, check: str | None) -> str:
        lines = self.journal.read_text(encoding="utf-8", errors="replace").splitlines() if self.journal.exists() else []
        if check is not None:
            marks = [number for number, line in enumerate(lines) if line.endswith(f"check {check}")]
            lines = lines[marks[0] : marks[-1] + 1] if marks else lines
        return "\n".join([f"journal of the system ({self.journal}):", *lines[-TAIL:]])


@dataclass(kw_only=True)
class Guest:
    """A system that is yet to be booted: the cached ``root``, our ``packages``, and a ``folder`` for what comes out."""

    system: str
    root: Path
    packages: list[Path]
    folder: Path
    _process: subprocess.Popen[bytes] | None = field(default=None)

    def run(self) -> Findings:
        """Boot it as often as its checks ask for, and take it down."""
        share = self.folder / "share"
        share.mkdir()
        share.chmod(0o755)
        for package in self.packages:
            shutil.copy(package, share)
        shutil.copy(ROOT / "README.md", share)
        shutil.copytree(ROOT / "docs", share / "docs")
        began = time.monotonic()
        trouble = self._stage()
        rows = (share / "results").read_text(encoding="utf-8") if (share / "results").exists() else ""
        results = {row["check"]: row for row in map(json.loads, rows.splitlines())}
        return Findings(
            system=self.system,
            results=results,
            journal=self.folder / "journal",
            trouble=trouble,
            seconds=time.monotonic() - began,
        )

    def _stage(self) -> str:
        boots = str(len(BOOTS[self.system]))
        command = ["setpriv", "--pdeathsig", "TERM", "unshare", "--mount", "--propagation", "private"]
        command += [sys.executable, "-m", "system.stage"]
        environment = {key: value for key, value in os.environ.items() if key not in INHERITED_FROM_SYSTEMD}
        with (self.folder / "console").open("wb") as console:
            process = subprocess.Popen(
                [*command, str(self.root), str(self.folder), self.system, boots],
                env=environment | {"PYTHONPATH": str(TESTS)},
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                status: int | None = process.wait(LONGEST)
            except subprocess.TimeoutExpired:
                status = None
            finally:
                if process.poll() is None:
                    _end(process)
        said = (self.folder / "console").read_text(encoding="utf-8", errors="replace")[-2000:]
        return f"the boots ended with {status}; the console:\n{said}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the stage: first in order, so that it takes its cgroup away, then with all that it started."""
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(15)
