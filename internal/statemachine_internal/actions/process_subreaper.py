"""Who inherits orphans: this process, while a command of it runs.

A child that leaves its process group and whose parent ends (``setsid``, daemons) would become init's, out of reach.
With PR_SET_CHILD_SUBREAPER (prctl(2), Linux 3.4) it becomes ours, and a list of our own children shows it. The setting
holds only while a command runs, because what others in this process start and abandon is init's to reap.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

_PR_SET_CHILD_SUBREAPER = 36
_PR_GET_CHILD_SUBREAPER = 37


class Subreaper:
    """A context manager that may be entered many times at once, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._prctl: Callable[[int, object, int, int, int], int] | None = None
        self._ours = True  # whether it is for us to set, and not set already by the program that we are a part of

    def __enter__(self) -> None:
        with self._lock:
            if self._prctl is None:
                self._prctl = self._first()
            if self._holders == 0 and self._ours:
                self._prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            self._holders += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders == 0 and self._ours and self._prctl is not None:
                self._prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)

    def _first(self) -> Callable[[int, object, int, int, int], int]:
        import ctypes  # costs milliseconds, and a machine without commands never needs it

        prctl: Callable[[int, object, int, int, int], int] = ctypes.CDLL(None).prctl
        value = ctypes.c_int(0)
        prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(value), 0, 0, 0)
        self._ours = value.value == 0
        return prctl


subreaper = Subreaper()
