"""How the process of another machine comes to be: systemd's, or one of our own."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

from statemachine_internal.actions.process_environment import environment_for_others
from statemachine_internal.actions.scope import Child
from statemachine_internal.control.addresses import RuntimeDirError, control_path
from statemachine_internal.control.doorbell import ring
from statemachine_internal.runtime.live import Machine
from statemachine_internal.runtime.options import Options

PROGRAM = "statemachine"
_MODULE = "statemachine_cmd.statemachine"  # by name: what is in cmd imports this, and never the other way round
_CGROUP = "/proc/self/cgroup"
_LOG = 2  # stderr


def can_be_unit(machine: Machine, child: Child) -> bool:
    """Whether systemd could run the child: this machine is its unit, and the child's definition is where units' are."""
    if child.actions_dir is not None or not _is_unit(machine.name):
        return False
    try:
        return os.path.samefile(_beside(machine, f"{child.name}.yaml"), config_of(machine, child))
    except OSError:
        return False


def config_of(machine: Machine, child: Child) -> str:
    """The path of the child's definition."""
    return _beside(machine, child.config or f"{child.name}.yaml")


def is_heard(child: Child) -> bool:
    """Whether somebody listens for the child; where nobody runs it that is systemd, which starts it now."""
    try:
        return ring(control_path(child.name))
    except RuntimeDirError:
        return False


def ask_systemd(child: Child) -> subprocess.Popen[bytes]:
    """Have systemd start the child's unit. What systemctl has to say is a line or two, and fits into the pipe."""
    return subprocess.Popen(
        ["systemctl", "--no-ask-password", "--no-block", "start", f"statemachine@{child.name}.service"],
        env=environment_for_others(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def start_process(machine: Machine, options: Options, child: Child) -> subprocess.Popen[bytes]:
    """Start the child in a session of its own; raises OSError or ValueError if that can't be done."""
    # To systemd it is no unit's process: that of its parent is not started again for it.
    environment = {name: value for name, value in environment_for_others().items() if name != "INVOCATION_ID"}
    log, opened = _log()
    try:
        return subprocess.Popen(
            _argv(machine, options, child),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    finally:
        if opened:
            os.close(log)


def _argv(machine: Machine, options: Options, child: Child) -> list[str]:
    argv = [*_program(), config_of(machine, child), "--machine-name", child.name, "--if-asked"]
    actions_dir = options.actions_dir if child.actions_dir is None else _beside(machine, child.actions_dir)
    for name, value in (
        ("--actions-dir", actions_dir),
        ("--event-socket-path", options.event_socket_path),
        ("--control-socket-prefix", options.control_socket_prefix),
    ):
        if value is not None:
            argv += [name, value]
    return [*argv, "--debug"] if options.debug else argv


def _program() -> list[str]:
    """The program that this process runs, if it is ours; an engine within another program starts ours by its module."""
    path = os.path.abspath(sys.argv[0]) if sys.argv and sys.argv[0] else ""
    if os.path.basename(path) == PROGRAM and os.access(path, os.X_OK):
        return [path]
    return [sys.executable, "-P", "-m", _MODULE]  # -P: not whatever is called so in the folder that we are in


def _beside(machine: Machine, path: str) -> str:
    """A path, from the folder of this machine's definition."""
    return os.path.join(os.path.dirname(os.path.abspath(machine.definition.file)), os.path.expanduser(path))


def _is_unit(machine: str) -> bool:
    """Whether this process is the unit of its machine, of the system's systemd (cgroups(7))."""
    try:
        with open(_CGROUP, encoding="utf-8", errors="surrogateescape") as file:
            paths = [line.rstrip("\n").split(":", 2)[2].split("/") for line in file]
    except (OSError, IndexError):
        return False
    mine = [path for path in paths if path[-1] == f"statemachine@{machine}.service"]
    return bool(mine) and not any(part.startswith("user@") for path in mine for part in path)


def _log() -> tuple[int, bool]:
    """Where the child's records go: where ours do; and whether the descriptor was opened for it.

    A pipe is opened anew, so as not to block: a child that nobody reads from must lose lines rather than stand still,
    and O_NONBLOCK on our own descriptor would be ours too (open(2), "open file description").
    """
    try:
        if stat.S_ISFIFO(os.fstat(_LOG).st_mode):
            return os.open(f"/proc/self/fd/{_LOG}", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC), True
        return _LOG, False
    except OSError:  # it was closed, or its reader has gone
        return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), True
