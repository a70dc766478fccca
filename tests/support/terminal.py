"""A program at a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import shlex
import struct
import subprocess
import termios

from support.workspace import Workspace, program_argv


def on_a_terminal(
    workspace: Workspace, command: str, *, answer: bytes = b"", columns: int = 0, program: str = "statemachine-db"
) -> tuple[int, str]:
    """Run a program to its end with a terminal as its input and its output.

    Args:
        workspace: where.
        command: its arguments.
        answer: what is typed.
        columns: of the terminal; 0: it doesn't say.
        program: its name.

    Returns:
        The exit status, and all that the terminal showed.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [*program_argv(program), *shlex.split(command)],
        cwd=workspace.path,
        env={key: value for key, value in workspace.env.items() if key != "COLUMNS"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    os.write(master, answer)
    shown = b""
    while True:
        try:
            more = os.read(master, 65536)
        except OSError:  # EIO: the other end is closed
            break
        if not more:
            break
        shown += more
    os.close(master)
    return process.wait(30), shown.decode()
