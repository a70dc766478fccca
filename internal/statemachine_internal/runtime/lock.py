"""One live process a machine (rule P7): an flock that ends with the process, whatever ends it."""

from __future__ import annotations

import fcntl
import os
import time

from statemachine_internal.control.addresses import check_machine_name
from statemachine_internal.errors import AlreadyRunning, ConfigurationError
from statemachine_internal.store.folders import make_shared_folder
from statemachine_internal.store.paths import database_path

LOOKS = 10
LOOK_PAUSE = 0.01  # seconds


class LockUnusable(ConfigurationError):
    """The file that guards a machine can't be used."""

    code = "lock"


def lock_path(machine: str) -> str:
    """The file that the process of a machine holds locked: ``DATABASE-locks/NAME``.

    It stands by the database, since what it guards is the machine's row: two logins may have two runtime folders, and
    share a database.

    Raises:
        UsageError: the name can't be a machine's.
    """
    return f"{os.path.realpath(database_path())}-locks/{check_machine_name(machine)}"


class MachineLock:
    """The lock of one machine, held from construction to ``release`` or the end of the process.

    Raises AlreadyRunning if another process, or this one, holds it, and LockUnusable if its file can't be opened.
    """

    def __init__(self, machine: str) -> None:
        path = lock_path(machine)
        try:
            folder = os.path.dirname(path)
            os.makedirs(os.path.dirname(folder), mode=0o770, exist_ok=True)
            make_shared_folder(folder)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        except OSError as error:
            raise LockUnusable(
                f"the lock file {path} can't be opened ({error.strerror}); check who may use it, or name another "
                "database in STATEMACHINE_DATABASE"
            ) from error
        if os.geteuid() in (0, os.fstat(self._file).st_uid):  # another operator's file has the mode already
            os.fchmod(self._file, 0o660)  # whatever the umask: the next to run the machine may be the unit
        if not self._taken():
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip()
            os.close(self._file)
            raise AlreadyRunning(machine, int(holder) if holder.isdigit() else None) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def _taken(self) -> bool:
        """Who asks whether a machine lives holds its lock for some microseconds, and is no process of it."""
        for _ in range(LOOKS):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(LOOK_PAUSE)
            else:
                return True
        return False

    def release(self) -> None:
        """Give it back. The file stays: to remove it would let two processes lock two files of one name."""
        os.close(self._file)


def is_alive(machine: str) -> bool:
    """Whether a process of this machine lives, by its lock."""
    try:
        file = os.open(lock_path(machine), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def alive_machines() -> list[str]:
    """The machines of this database whose processes live."""
    try:
        names = os.listdir(os.path.dirname(lock_path("any")))
    except OSError:
        return []
    return [name for name in sorted(names) if is_alive(name)]
