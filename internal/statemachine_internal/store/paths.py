"""Where the database is."""

from __future__ import annotations

import os

SYSTEM_DIRECTORY = "/var/lib/statemachine"


def database_path() -> str:
    """``$STATEMACHINE_DATABASE``, else the system's folder where it exists, else the user's state folder."""
    named = os.environ.get("STATEMACHINE_DATABASE")
    if named:
        return os.path.abspath(named)
    if os.path.isdir(SYSTEM_DIRECTORY):
        return SYSTEM_DIRECTORY + "/statemachine.db"
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(state, "statemachine", "statemachine.db")
