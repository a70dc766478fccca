"""A machine that collects numbers, and several senders who send them at the same time."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from system.inside.commands import CONFIGURATION, OPERATOR, Wrong, check_database, define, enable, settled, until
from system.inside.report import say

WAYS = ("stream", "visits", "command")
COLLECTOR = """\
name: collector
initial_state: collecting
transitions:
  - from: collecting
    event: counted
    actions:
      - {type: add_to_list, list: numbers, value: "{event_data.payload.number}"}
  - from: collecting
    event: worked
    actions:
      - {type: bash, command: ":"}
      - {type: add_to_list, list: numbers, value: "{event_data.payload.number}"}
  - {from: collecting, to: wedged, event: wedge}
  - {from: collecting, to: dying, event: die}
  - {from: wedged, to: collecting, event: error}
  - {from: wedged, to: collecting, event: freed}
  - {from: dying, to: collecting, event: error}
actions:
  wedged:
    - {type: wedge, success: freed}
  dying:
    - {type: die}
"""

WEDGE = CONFIGURATION / "wedge"
"""While this file is there, the action ``wedge`` blocks its machine's loop."""
CUSTOM_ACTIONS = {
    "wedge": f"""\
import os
import time

from statemachine_engine.actions import BaseAction


class WedgeAction(BaseAction):
    async def execute(self, context):
        if os.path.exists("{WEDGE}"):
            time.sleep(3600)
        return "freed"
""",
    "die": """\
import os
import signal

from statemachine_engine.actions import BaseAction


class DieAction(BaseAction):
    async def execute(self, context):
        os.kill(os.getpid(), signal.SIGKILL)
""",
}


def collect(machine: str) -> None:
    """Make a machine that collects numbers."""
    folder = CONFIGURATION / "actions"
    folder.mkdir(exist_ok=True)
    for action, text in CUSTOM_ACTIONS.items():
        (folder / f"{action}_action.py").write_text(text, encoding="utf-8")
    define(machine, COLLECTOR)
    enable(machine)


class Load:
    """Senders at work on one machine, each a process of an operator."""

    def __init__(self, machine: str, folder: Path, *, stubborn: bool = False) -> None:
        self.machine, self.folder = machine, folder
        self._senders = {way: self._start(way, stubborn) for way in WAYS}

    def accepted(self) -> list[str]:
        """The numbers whose senders were told that they are accepted."""
        files = [path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("*.accepted"))]
        return [line for text in files for line in text.split("\n")[:-1]]

    def flows(self, more: int = 30) -> None:
        """Wait until each sender has been told of so many more acceptances."""
        before = self._counts()
        until(lambda: all(self._counts()[way] >= before[way] + more for way in WAYS), "the load flows", 40)

    def stop(self) -> None:
        """Let each sender bring home what it has begun, and end."""
        for sender in self._senders.values():
            sender.send_signal(signal.SIGTERM)
        for way, sender in self._senders.items():
            _, errors = sender.communicate(timeout=60)
            if sender.returncode != 0:
                raise Wrong(f"the sender '{way}' ended with {sender.returncode}: {errors.strip()}")

    def kill(self) -> None:
        """End what is left of them."""
        for sender in self._senders.values():
            if sender.poll() is None:
                sender.kill()
                sender.wait(10)

    def _counts(self) -> dict[str, int]:
        for way, sender in self._senders.items():
            if sender.poll() is not None:
                raise RuntimeError(f"the sender '{way}' has ended with {sender.returncode}: {sender.communicate()[1]}")
        return {way: _lines(self.folder / f"{way}.accepted") for way in WAYS}

    def _start(self, way: str, stubborn: bool) -> subprocess.Popen[str]:
        words = ["stubborn"] if stubborn else []
        return subprocess.Popen(
            [sys.executable, "-m", "system.inside.sender", *words, way, self.machine, way, str(self.folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            user=OPERATOR,
            group=OPERATOR,
            extra_groups=["statemachine"],
        )


@contextmanager
def steady_load(machine: str) -> Iterator[Load]:
    """A new machine under load while the body runs; at the end nothing may be lost, and nothing be there twice."""
    collect(machine)
    folder = Path(tempfile.mkdtemp(prefix=f"{machine}-"))
    folder.chmod(0o777)
    began = time.monotonic()
    load = Load(machine, folder)
    try:
        load.flows()
        yield load
        load.flows()
        load.stop()
    finally:
        load.kill()
    numbers = compare(machine, load.accepted())
    say(
        f"{machine}: {len(numbers)} events of {len(WAYS)} senders in {time.monotonic() - began:.1f} s, "
        "0 lost, 0 doubled"
    )


def compare(machine: str, accepted: list[str]) -> list[str]:
    """What the machine has collected must be what was accepted, each number once; returns it.

    A number more than those is right only if its sender was killed before it could hear of the acceptance.
    """
    row = settled(machine)
    numbers: list[str] = row["context"].get("numbers", [])
    lost = sorted(set(accepted) - set(numbers))
    doubled = sorted(number for number, count in Counter(numbers).items() if count > 1)
    assert not lost, f"{len(lost)} of {len(accepted)} lost: {lost[:20]}"
    assert not doubled, f"{len(doubled)} of {len(accepted)} doubled: {doubled[:20]}"
    _in_order(numbers)
    check_database()
    return numbers


def _in_order(numbers: list[str]) -> None:
    """Each sender's numbers came in the order of their sending."""
    seen: dict[str, int] = {}
    for number in numbers:
        name, _, count = number.rpartition("-")
        assert int(count) > seen.get(name, 0), f"{number} came after {name}-{seen[name]}"
        seen[name] = int(count)


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0
