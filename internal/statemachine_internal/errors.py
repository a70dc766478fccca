"""The one exception tree. Every error has a stable code and a message that names the thing and the way out."""

from __future__ import annotations

EX_REFUSED = 1
EX_USAGE = 2
EX_CONFIG = 78  # sysexits.h: something is wrong with a configuration file


class StateMachineError(Exception):
    """Root of all errors of the product.

    ``code`` is stable and may be matched by scripts; ``exit_code`` is what a program that ends with this error returns;
    ``str(error)`` is one line for a human: what, where, and what to do instead.
    """

    code = "error"
    exit_code = EX_REFUSED
    tracebacks: tuple[str, ...] = ()  # of the user's own code, where that is at fault


class UsageError(StateMachineError):
    """An argument of a command is wrong."""

    code = "usage"
    exit_code = EX_USAGE


class ConfigurationError(StateMachineError):
    """A definition, or what belongs to it, can't be used."""

    code = "configuration"
    exit_code = EX_CONFIG


class StoredStateGone(ConfigurationError):
    """The definition no longer has the state that the machine is in."""

    code = "stored_state_gone"

    def __init__(self, machine: str, state: str, file: str) -> None:
        self.machine, self.state, self.file = machine, state, file
        super().__init__(
            f"machine '{machine}' is in state '{state}', which {file} no longer has; put the state back, "
            f"or let the machine start over: statemachine-db reset {machine}"
        )


class AlreadyRunning(StateMachineError):
    """Another live process runs this machine."""

    code = "already_running"

    def __init__(self, machine: str, pid: int | None) -> None:
        self.machine, self.pid = machine, pid
        who = f" (pid {pid})" if pid else ""
        super().__init__(
            f"machine '{machine}' is already running{who}; stop that process first, or use another --machine-name"
        )


class LockLost(StateMachineError):
    """Another process took the machine over; this one can store nothing more."""

    code = "lock_lost"

    def __init__(self, machine: str) -> None:
        self.machine = machine
        super().__init__(f"machine '{machine}' was taken over by another process; this process stored nothing and ends")


class ActionError(StateMachineError):
    """An action failed. ``details`` (exit code, command, …) goes into the context and the error history."""

    code = "action_failed"

    def __init__(self, message: str, *, event: str | None = None, details: dict[str, object] | None = None) -> None:
        self.event, self.details = event, details or {}
        super().__init__(message)


class StoreError(StateMachineError):
    """The database can't be used as asked."""

    code = "store"


class StoreBusy(StoreError):
    """Others held the database's write lock for too long; nothing was stored, and trying again is right."""

    code = "store_busy"


class StoreFull(StoreError):
    """The disk is full; nothing was stored, and trying again is right once there is room."""

    code = "store_full"


class StoreRefused(StoreError):
    """A row breaks an invariant of its table; that statement stored nothing."""

    code = "store_refused"
