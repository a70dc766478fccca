"""What another process does with a store; see ``drivers.contender``."""

from __future__ import annotations

import os
import signal
import sys

from conformance.drivers import DRIVERS, NOW, accept, create, place
from statemachine_internal.store.protocol import EventStatus, NewEvent


def ready() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def open_first(driver: str, path: str) -> None:
    """Open a database that nobody has made."""
    ready()
    store = DRIVERS[driver](path)
    accept(store)
    store.close()


def write(driver: str, path: str, count: str) -> None:
    """Store events, one a transaction, each with a feed row, and raise a counter that all share."""
    store = DRIVERS[driver](path)
    ready()
    for number in range(int(count)):
        with store.transaction():
            row = store.machine("counter")
            assert row is not None
            event_id, _ = store.accept(
                NewEvent(target="worker", type=f"{os.getpid()}.{number}"), EventStatus.PENDING, NOW
            )
            store.append("worker", "note", "{}", NOW, event_id)
            store.save("counter", row.epoch, place(entry=row.place.entry + 1), NOW)
    store.close()


def open_and_close(driver: str, path: str) -> None:
    """Come, store one event, and go."""
    store = DRIVERS[driver](path)
    ready()
    accept(store, type="visitor")
    store.close()


def die(driver: str, path: str) -> None:
    """Be killed in the middle of a transaction."""
    store = DRIVERS[driver](path)
    ready()
    with store.transaction():
        store.accept(NewEvent(target="worker", type="lost"), EventStatus.PENDING, NOW)
        store.append("worker", "note", "{}", NOW)
        os.kill(os.getpid(), signal.SIGKILL)


def die_after(driver: str, path: str) -> None:
    """Be killed right after a commit."""
    store = DRIVERS[driver](path)
    create(store)
    ready()
    accept(store, type="kept")
    os.kill(os.getpid(), signal.SIGKILL)


def hold(driver: str, path: str) -> None:
    """Keep the write lock until told, and commit."""
    store = DRIVERS[driver](path)
    with store.transaction():
        store.accept(NewEvent(target="worker", type="holder"), EventStatus.PENDING, NOW)
        ready()
    store.close()


ROLES = {role.__name__: role for role in (open_first, write, open_and_close, die, die_after, hold)}

if __name__ == "__main__":
    ROLES[sys.argv[2]](sys.argv[1], *sys.argv[3:])
