"""The environment of a process that a machine starts: this process's, without what is meant for it alone."""

from __future__ import annotations

import os

from statemachine_internal.actions.process_mark import KEY_VARIABLE, RUN_VARIABLE

# What systemd told this process alone: a child that took it up would answer in its place (sd_listen_fds(3),
# sd_notify(3)).
_OURS_ALONE = ("LISTEN_FDS", "LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDNAMES", "NOTIFY_SOCKET")
# A machine that was itself started by a command of another machine has that one's; they must not be taken for its own.
_ANOTHER_MACHINES = (
    "STATEMACHINE_MACHINE",
    "STATEMACHINE_STATE",
    "STATEMACHINE_JOB_ID",
    KEY_VARIABLE,
    RUN_VARIABLE,
)
_PREFIXES = ("WATCHDOG_", "STATEMACHINE_ARG_")


def environment_for_others() -> dict[str, str]:
    """A new map; the mark of an action's processes isn't in it, so no sweep takes who is started with it for one."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_PREFIXES)}
    for name in (*_OURS_ALONE, *_ANOTHER_MACHINES):
        environment.pop(name, None)
    return environment
