"""From settings to a running server, and from what goes wrong to one line and an exit status."""

from __future__ import annotations

import sys

from statemachine_internal.errors import StateMachineError
from statemachine_internal.service.logging import configure_logging, get_logger
from statemachine_internal.service.notify import Notifier

from .activation import inherited_streams
from .listeners import described, is_local, open_listeners, prompt
from .settings import NoToken, Settings
from .token import is_open_to_all

EX_INTERRUPTED = 130


class LibrariesMissing(StateMachineError):
    """The engine is installed without the monitor."""

    code = "monitor_not_installed"

    def __init__(self, module: str) -> None:
        self.module = module
        super().__init__(
            f"the monitor is not installed: Python's '{module}' is missing; install the package statemachine-monitor "
            "(or, in a venv: pip install 'statemachine-engine[monitor]')"
        )


def launch(program: str, settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status: 0 done, 1 refused, 2 usage, 78 configuration."""
    try:
        serve(settings.checked())
    except StateMachineError as error:
        for line in str(error).splitlines():
            print(f"{program}: {line}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:  # before the server took the signals over
        return EX_INTERRUPTED
    return 0


def serve(settings: Settings) -> None:
    """Serve on the sockets that systemd handed over, else on those of the settings, until a signal comes.

    Raises:
        LibrariesMissing: FastAPI or uvicorn is not installed.
        StateMachineError: a socket can't be had.
    """
    try:
        from .server import run
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("statemachine_"):
            raise  # a fault of ours
        raise LibrariesMissing(error.name) from error
    configure_logging(machine="")
    if settings.token_file is not None and is_open_to_all(settings.token_file):
        # No more than a warning: container engines lay secrets down so, out of the reach of others.
        get_logger().warning(
            "every user can read the token; take that away with: chmod o= FILE", file=settings.token_file
        )
    notifier = Notifier()
    sockets = inherited_streams()
    for each in sockets:
        if settings.token is None and not is_local(each):
            raise NoToken(described(each))
    run(settings, [prompt(each) for each in sockets or open_listeners(settings)], notifier)
