"""What happens on a full disk, played in a mount namespace of its own: ``unshare -m python full_disk.py FOLDER``.

FOLDER/disk becomes a file system of its own, with room for little; it is gone with this process. What was seen is
printed as JSON, for the test to judge.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from crash.life import Life
from crash.rows import Rows
from statemachine_cmd.db.event import Event
from statemachine_internal.control import client
from statemachine_internal.control.addresses import ensure_runtime_dir
from statemachine_internal.control.delivery import deliver
from statemachine_internal.control.outcomes import Refusal
from statemachine_internal.errors import StateMachineError
from statemachine_internal.feed.follow import Follower
from statemachine_internal.runtime import points

SIZE = "2m"
REFUSED = 100
TOO_MANY_TURNS = 250


def main(folder: Path) -> None:
    """Make the disk, and a machine on it."""
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(disk)], check=True)
    os.environ["STATEMACHINE_DATABASE"] = str(disk / "statemachine.db")
    ensure_runtime_dir()
    life = Life(folder, dict(os.environ), "counter", ("counter.yaml",), knife=f"{points.DECIDE}:{TOO_MANY_TURNS}")
    try:
        print(json.dumps(play(life, disk)))
    finally:
        life.kill()


def play(life: Life, disk: Path) -> dict[str, Any]:
    """Send before, while, and after there is no room."""
    rows = Rows(os.environ["STATEMACHINE_DATABASE"])
    seen: dict[str, Any] = {}
    life.ready()
    with Follower("watch") as follower:
        seen["before"] = deliver(event(1)).how
        # Its own work to come needs room too: a timer, with a large context to be stored.
        client.send("counter", "load", {"text": "x" * 100_000}, source="test")
        fill(disk)
        refused: Refusal | None = None
        sent = 1
        # The write-ahead log has pages that are used again; large events soon need a new one.
        while refused is None and sent < 50:
            sent += 1
            try:
                client.send("counter", "count", {"n": sent, "text": "x" * 100_000}, source="test")
            except Refusal as error:
                refused = error
        assert refused is not None, "a full disk was no reason to refuse anything"
        seen["refusal"] = [refused.code, str(refused)]
        try:
            deliver(event(1000))
            seen["stored"] = "stored, though there is no room"
        except StateMachineError as error:
            seen["stored"] = [error.code, str(error)]
        seen["alive"] = life.process.poll() is None
        seen["rows"] = [row.payload["n"] for row in rows.events() if row.type == "count"]
        seen["sent"] = list(range(1, sent))
        seen["turns"] = turns_without_room(life)
        (disk / "filler").unlink()
        follower.drain()
        seen["after"] = deliver(event(2000)).how
        for _ in range(60):
            if rows.at_rest("counter"):
                break
            follower.wait(1)
        seen["seen"] = rows.context("counter")["seen"]
    seen["words"] = life.words()
    seen["state"] = rows.state("counter")
    fill(disk)
    seen["code"] = life.stop()
    seen["last words"] = life.words().splitlines()[-1]
    (disk / "filler").unlink()
    check = [sys.executable, "-m", "statemachine_cmd.database", "check"]
    seen["check"] = subprocess.run(check, capture_output=True, encoding="utf-8", check=False).stdout
    return seen


def turns_without_room(life: Life) -> str:
    """Whether what was refused is tried again and again: then so many turns are taken that the knife ends them."""
    for number in range(REFUSED):
        with contextlib.suppress(Refusal):
            client.send("counter", "count", {"n": -number, "text": "x" * 100_000}, source="test")
    try:
        return f"ended with {life.process.wait(4)}"
    except subprocess.TimeoutExpired:
        return "few"


def event(number: int) -> Event:
    """A small event."""
    return Event(target="counter", type="count", payload=json.dumps({"n": number}), source="test", job_id=None)


def fill(disk: Path) -> None:
    """Use up what room there is."""
    with (disk / "filler").open("wb", buffering=0) as filler:
        for size in (65536, 4096, 1):
            try:
                while True:
                    filler.write(b"x" * size)
            except OSError:
                continue


if __name__ == "__main__":
    main(Path(sys.argv[1]))
