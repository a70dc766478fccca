"""A brand that a command's processes don't shed: a resource limit that limits nothing.

The environment can be wiped (``env -i``) and is gone once a process is a zombie. RLIMIT_LOCKS has had no effect since
Linux 2.4 (getrlimit(2)); yet a soft limit is inherited by fork, kept by exec and setsid, and shown in /proc/PID/limits
(proc(5)) of zombies and of other users' processes too. So each command gets a number of its own as its soft limit.
"""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from statemachine_internal.actions.process_table import limits_of

NO_BRAND = 0
_RLIMIT_LOCKS = 10  # asm-generic/resource.h; Python has no name for it
_FIRST = 1 << 40  # above any number that somebody would set by hand
_lock = threading.Lock()


@contextmanager
def branding() -> Iterator[int]:
    """Whoever is started within gets the brand that this yields; NO_BRAND if the hard limit was lowered.

    Another thread that starts a process at the same instant gives it the brand as well; Python's subprocess holds the
    interpreter's lock while it forks, which leaves microseconds for that.
    """
    with _lock:
        soft, hard = resource.getrlimit(_RLIMIT_LOCKS)
        brand = _FIRST + int.from_bytes(os.urandom(5), "big")
        try:
            resource.setrlimit(_RLIMIT_LOCKS, (brand, hard))
        except (ValueError, OSError):
            yield NO_BRAND
            return
        try:
            yield brand
        finally:
            resource.setrlimit(_RLIMIT_LOCKS, (soft, hard))


def has_brand(pid: int, brand: int) -> bool:
    """Whether a process, dead or alive, has this brand."""
    if brand == NO_BRAND:
        return False
    for line in limits_of(pid).splitlines():
        if line.startswith(b"Max file locks"):
            return line.split()[3] == b"%d" % brand
    return False
