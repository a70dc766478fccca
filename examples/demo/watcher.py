"""A monitor that runs meanwhile, and somebody who follows it from the first row to the last."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from processes import database, end, program, report, verdict

PORT = 3001
PATIENCE = 30.0  # seconds


class Watcher:
    """The monitor and its follower. ``url`` is where to look."""

    def __init__(self, folder: Path) -> None:
        self._seen = folder / "seen"
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/"
        log = (folder / "monitor.log").open("ab")
        with log, self._seen.open("wb") as seen:
            self._monitor = program("ui", "--no-websocket", "--port", str(port), stdout=log, stderr=log)
            try:
                self._await_monitor(folder)
                options = ("--host", "127.0.0.1", "--port", str(port), "--after", "0", "--format", "json")
                self._follower = program("events", *options, stdout=seen, stderr=log)
            except BaseException:
                end(self._monitor)
                raise

    def close(self) -> None:
        """End both."""
        end(self._follower, self._monitor)

    def outcome(self) -> int:
        """Compare what the follower was told with what is stored; returns the exit code."""
        stored = feed_rows()
        deadline = time.monotonic() + PATIENCE
        while len(ids := self._ids()) < stored and time.monotonic() < deadline:
            time.sleep(0.05)
        in_order = ids == sorted(set(ids))
        report({"stored": f"{stored:,} changes", "shown": f"{len(ids):,}", "in order": "yes" if in_order else "no"})
        return verdict(len(ids) == stored and in_order, "The monitor missed nothing.")

    def _ids(self) -> list[int]:
        lines = self._seen.read_text(encoding="utf-8").split("\n")[:-1]
        return [json.loads(line)["id"] for line in lines]

    def _await_monitor(self, folder: Path) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                urllib.request.urlopen(f"{self.url}health", timeout=PATIENCE).close()
                return
            except (urllib.error.URLError, ConnectionError):
                if self._monitor.poll() is not None or time.monotonic() > deadline:
                    log = (folder / "monitor.log").read_text(encoding="utf-8")
                    raise SystemExit(f"demo: the monitor did not come up: {log}") from None
            time.sleep(0.05)


@contextmanager
def watched(folder: Path) -> Iterator[Watcher]:
    """A monitor that ends with the block."""
    watcher = Watcher(folder)
    try:
        yield watcher
    finally:
        watcher.close()


def feed_rows() -> int:
    """How many changes the database tells of."""
    return int(json.loads(database("check", "--format", "json"))["counts"]["feed_rows"])


def free_port() -> int:
    """The monitor's usual port, or another one where that is taken."""
    for port in (PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SystemExit("demo: there is no free port for the monitor")
