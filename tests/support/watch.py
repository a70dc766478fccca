"""Watching programs from outside, by the feed that they write; nothing here sleeps or polls."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import apsw

from statemachine_internal.feed.follow import Follower
from support.workspace import Running, Workspace

PATIENCE = 20.0  # seconds


class Watch:
    """The database of a workspace, and a follower of its feed; to be made before the programs are started."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        feed = workspace.runtime_dir / "feed"
        feed.mkdir(mode=0o700, exist_ok=True)
        self._follower = Follower("test", str(feed))

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._follower.close()

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the database; none where there is no database yet."""
        if not self._workspace.database.exists():
            return []
        connection = apsw.Connection(str(self._workspace.database), flags=apsw.SQLITE_OPEN_READONLY)
        (getattr(connection, "set_busy_timeout", None) or connection.setbusytimeout)(10_000)
        try:
            return connection.cursor().execute(sql, values).fetchall()
        except apsw.SQLError:  # its tables are being made
            return []
        finally:
            connection.close()

    def until(self, truth: Callable[[], bool], running: Running | None = None) -> None:
        """Wait until something is so; it is looked at again whenever a machine has appended to the feed."""
        deadline = time.monotonic() + PATIENCE
        while not truth():
            left = deadline - time.monotonic()
            if left <= 0 or (running is not None and running.process.poll() is not None):
                said = "" if running is None else running.stderr()
                raise AssertionError(f"waited in vain; the feed: {self.feed()}; {said}")
            self._follower.wait(min(left, 1.0))

    def feed(self, type: str | None = None, machine: str | None = None) -> list[dict[str, Any]]:
        """The payloads of the feed."""
        rows = self.query("SELECT machine_name, event_type, payload FROM realtime_events ORDER BY id")
        return [json.loads(text) for name, kind, text in rows if type in (None, kind) and machine in (None, name)]

    def said(self, machine: str | None = None) -> list[str]:
        """What ``log`` actions said."""
        return [payload["message"] for payload in self.feed("activity_log", machine)]

    def started(self, machine: str, running: Running, socket: Path | None = None) -> None:
        """Wait until this very process has registered the machine, and listens for it."""
        path = socket or self._workspace.runtime_dir / "control" / f"{machine}.sock"

        def there() -> bool:
            return path.exists() and any(p["pid"] == running.pid for p in self.feed("machine_registered", machine))

        self.until(there, running)
