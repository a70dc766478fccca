"""A PostgreSQL of the bench's own: in a scratch folder, on a socket there, as a user that isn't root."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def programs() -> str | None:
    """The folder of PostgreSQL's programs, the newest version's; None: it isn't installed."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda path: int(path.split("/")[4]))
    path = found[-1] if found else shutil.which("postgres")
    return None if path is None else os.path.dirname(path)


@contextmanager
def running(bin: str, folder: Path) -> Iterator[None]:
    """Run it with its own defaults; it listens at a socket in ``folder`` alone."""
    user = _user()
    if user is not None:
        shutil.chown(folder, user)
    data = str(folder / "data")
    with (folder / "log").open("wb") as log:
        initdb = [f"{bin}/initdb", "-D", data, "-U", "postgres", "-A", "trust"]
        subprocess.run(initdb, cwd=folder, user=user, stdout=log, stderr=log, check=True)
        command = [f"{bin}/postgres", "-D", data, "-k", str(folder), "-c", "listen_addresses="]
        server = subprocess.Popen(command, cwd=folder, user=user, stdout=log, stderr=log)
    try:
        ready = [f"{bin}/pg_isready", "-q", "-h", str(folder), "-t", "10"]
        while server.poll() is None and subprocess.run(ready, check=False).returncode:
            pass
        yield
    finally:
        server.send_signal(signal.SIGINT)  # ends its sessions, and then itself
        server.wait(30)


def _user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid():
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"
