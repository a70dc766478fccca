"""The errors that the product raises; all of them are StateMachineErrors with a stable ``code``."""

from statemachine_internal.errors import (
    ActionError,
    AlreadyRunning,
    ConfigurationError,
    LockLost,
    StateMachineError,
    StoreBusy,
    StoredStateGone,
    StoreError,
    StoreFull,
    StoreRefused,
    UsageError,
)

__all__ = [
    "ActionError",
    "AlreadyRunning",
    "ConfigurationError",
    "LockLost",
    "StateMachineError",
    "StoreBusy",
    "StoreError",
    "StoreFull",
    "StoreRefused",
    "StoredStateGone",
    "UsageError",
]
