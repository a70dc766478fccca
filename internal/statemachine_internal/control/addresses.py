"""Where the sockets of a machine are.

::

    RUNTIME/control/NAME.sock    a machine's control socket (or PREFIX-NAME.sock, with --control-socket-prefix)
    RUNTIME/events.sock          the monitor's feed wake-ups
    RUNTIME/feed/*.sock          other followers of the feed
"""

from __future__ import annotations

import os
import stat

from statemachine_internal.errors import ConfigurationError, UsageError

MACHINE_NAME_MAX = 64
SOCKET_PATH_MAX = 107  # bytes: sun_path of unix(7) holds 108 with its final NUL
SYSTEM_RUNTIME_DIR = "/run/statemachine"
FOLDERS = ("control", "feed")

_FIRST = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_REST = _FIRST | frozenset("_.-")


class RuntimeDirError(ConfigurationError):
    """The folder of the sockets can't be used as it is."""

    code = "runtime_dir"


def check_machine_name(name: str) -> str:
    """Return ``name`` if a machine may be called so.

    Raises:
        UsageError: it is empty, over 64 characters, or not of ``[A-Za-z0-9][A-Za-z0-9_.-]*``.
    """
    if not name or len(name) > MACHINE_NAME_MAX or name[0] not in _FIRST or not _REST.issuperset(name):
        raise UsageError(
            f"machine name {name[:80]!r} can't be used; use 1 to {MACHINE_NAME_MAX} letters, digits, '_', '.' or '-', "
            "of which the first is a letter or a digit"
        )
    return name


def runtime_dir() -> str:
    """The folder of the sockets: ``$STATEMACHINE_RUNTIME_DIR``, the system's, the login's, or one below /tmp."""
    if named := os.environ.get("STATEMACHINE_RUNTIME_DIR"):
        return named.rstrip("/") or "/"
    if os.path.isdir(SYSTEM_RUNTIME_DIR):
        return SYSTEM_RUNTIME_DIR
    if login := os.environ.get("XDG_RUNTIME_DIR"):
        return f"{login.rstrip('/')}/statemachine"
    return _tmp_dir()


def ensure_runtime_dir() -> str:
    """Make what is missing of the folder of the sockets, and return its path.

    A new folder is for its user alone (0700); the folders below it get the mode of the one that they stand in, so that
    those whom an administrator let in can come in.

    Raises:
        RuntimeDirError: it can't be made, or the one below /tmp is a link, another user's, or open to others.
    """
    base = runtime_dir()
    try:
        if base == _tmp_dir():
            _make(base, 0o700)
            _check_private(base)
        else:
            os.makedirs(base, 0o700, exist_ok=True)
        mode = stat.S_IMODE(os.stat(base).st_mode) & 0o777
        for folder in FOLDERS:
            _make(f"{base}/{folder}", mode)
    except OSError as error:
        raise RuntimeDirError(
            f"the folder of the sockets, {base}, can't be made ({error.strerror}); "
            "name another one in STATEMACHINE_RUNTIME_DIR"
        ) from error
    return base


def control_path(machine: str, prefix: str | None = None) -> str:
    """The control socket of a machine: ``RUNTIME/control/NAME.sock``, or ``PREFIX-NAME.sock``.

    Raises:
        UsageError: the name can't be a machine's.
        RuntimeDirError: the path is too long for a socket.
    """
    check_machine_name(machine)
    if prefix:
        return check_socket_path(f"{prefix}-{machine}.sock")
    return check_socket_path(f"{runtime_dir()}/control/{machine}.sock")


def events_path() -> str:
    """The monitor's datagram socket for feed wake-ups."""
    return check_socket_path(f"{runtime_dir()}/events.sock")


def feed_dir() -> str:
    """The folder of the datagram sockets of the feed's other followers."""
    return f"{runtime_dir()}/feed"


def check_socket_path(path: str) -> str:
    """Return ``path`` if a socket can stand there.

    Raises:
        RuntimeDirError: it is over 107 bytes (unix(7)).
    """
    size = len(os.fsencode(path))
    if size > SOCKET_PATH_MAX:
        raise RuntimeDirError(
            f"the socket path {path} has {size} bytes, and the kernel takes {SOCKET_PATH_MAX}; "
            "name a shorter folder in STATEMACHINE_RUNTIME_DIR, or a shorter --control-socket-prefix"
        )
    return path


def _tmp_dir() -> str:
    return f"/tmp/statemachine-{os.getuid()}"


def _make(path: str, mode: int) -> None:
    try:
        os.mkdir(path, mode)
    except FileExistsError:
        if not os.path.isdir(path):
            raise


def _check_private(path: str) -> None:
    """Refuse a folder that someone else put under our name into /tmp, where anyone may."""
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode):
        problem = "is no folder"
    elif found.st_uid != os.getuid():
        problem = f"belongs to uid {found.st_uid}"
    elif found.st_mode & 0o022:
        problem = "may be written to by others"
    else:
        return
    raise RuntimeDirError(
        f"{path} {problem}, so others could take the sockets' places; remove it, or name another folder in "
        "STATEMACHINE_RUNTIME_DIR"
    )
