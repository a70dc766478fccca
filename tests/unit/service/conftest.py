"""Sockets that stand for systemd's, and a process whose log is as at its start."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from statemachine_internal.service import logging as service_logging
from unit.service.fake_systemd import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with tempfile.TemporaryDirectory(prefix="sm-") as folder:  # tmp_path may be too long for a socket's address
        opened = Receiver(Path(folder) / "socket")
        yield opened
        opened.socket.close()


@pytest.fixture
def journal(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """A journal, in a process that systemd started with its stderr."""
    stderr = os.fstat(2)
    monkeypatch.setenv("JOURNAL_STREAM", f"{stderr.st_dev}:{stderr.st_ino}")
    return receiver


@pytest.fixture(autouse=True)
def unconfigured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for variable in ("JOURNAL_STREAM", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    root, asyncio_logger = logging.getLogger(), logging.getLogger("asyncio")
    handlers, level, asyncio_level = root.handlers[:], root.level, asyncio_logger.level
    service_logging.forget_configuration()
    yield
    service_logging.forget_configuration()
    root.handlers[:] = handlers
    root.setLevel(level)
    asyncio_logger.setLevel(asyncio_level)
