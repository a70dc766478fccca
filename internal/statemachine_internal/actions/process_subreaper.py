"""Who inherits orphans: this process, while a command of it runs.

A child that leaves its process group and whose parent ends (``setsid``, daemons) would become init's, out of reach.
With PR_SET_CHILD_SUBREAPER (prctl(2), Linux 3.4) it becomes ours, and a list of our own children shows it. The setting
holds only while a command runs, because what others in this process start and abandon is init's to reap.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any

_PR_SET_CHILD_SUBREAPER = 36
_PR_GET_CHILD_SUBREAPER = 37


class Subreaper:
    """A context manager that may be entered many times at once, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._libc: Any = None
        self._was_set = False

    def __enter__(self) -> None:
        with self._lock:
            if self._holders == 0:
                self._was_set = self._get()
                if not self._was_set:
                    self._set(1)
            self._holders += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders == 0 and not self._was_set:
                self._set(0)

    def _get(self) -> bool:
        import ctypes  # costs milliseconds, and a machine without commands never needs it

        if self._libc is None:
            self._libc = ctypes.CDLL(None, use_errno=True)
        value = ctypes.c_int(0)
        self._libc.prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(value), 0, 0, 0)
        return value.value != 0

    def _set(self, value: int) -> None:
        self._libc.prctl(_PR_SET_CHILD_SUBREAPER, value, 0, 0, 0)


subreaper = Subreaper()
