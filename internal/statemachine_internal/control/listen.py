"""The control socket of a machine in the foreground; under systemd, systemd listens."""

from __future__ import annotations

import contextlib
import os
import socket

from statemachine_internal.control.addresses import control_path

BACKLOG = 4096  # connections; net.core.somaxconn is the cap


def open_control_socket(machine: str, prefix: str | None = None, mode: int = 0o660) -> socket.socket:
    """Listen on a machine's control socket.

    To be called by the holder of the machine's lock alone: whatever stands at the path is then left over from a process
    that is gone, and is replaced, in one step, by a socket that listens already.

    Args:
        machine: the machine's name.
        prefix: of ``--control-socket-prefix``.
        mode: of the socket file, whatever the umask; who may write to it may send (unix(7)).

    Returns:
        A non-blocking socket; hand it to ``ControlServer`` with ``own_path=control_path(machine, prefix)``.

    Raises:
        UsageError: the name can't be a machine's.
        RuntimeDirError: the path is too long for a socket.
        OSError: the folder isn't there, or isn't ours.
    """
    path = control_path(machine, prefix)
    # In the same folder, never longer than the path, and no machine's own: no name begins with a dot.
    folder, name = os.path.split(path)
    new_path = os.path.join(folder, f".{name.removesuffix('.sock')}")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new_path)
        sock.bind(new_path)
        # Nobody can connect before listen(2), so nobody connects under the umask's mode.
        os.chmod(new_path, mode)
        sock.listen(BACKLOG)
        os.rename(new_path, path)
    except OSError:
        sock.close()
        with contextlib.suppress(OSError):
            os.unlink(new_path)
        raise
    return sock
