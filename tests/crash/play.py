"""Machines that are killed and senders that send, until enough have died and all is settled."""

from __future__ import annotations

from collections.abc import Sequence

from crash.lives import Lives, Quota
from crash.senders import Sender
from crash.stage import Stage


def play(stage: Stage, lives: Sequence[Lives], senders: Sequence[Sender], quota: Quota) -> None:
    """Play it to the end: the machines have come to rest by themselves, and were then stopped in order."""
    for thread in (*lives, *senders):
        thread.start()
    try:
        for sender in senders:
            sender.join(120)
            assert not sender.is_alive(), f"{sender.name} still sends\n{stage.testimony()}"
        assert not quota.faults, "\n".join(quota.faults)
        stage.until_rest(*(life.machine for life in lives))
    finally:
        quota.enough.set()
        for life in lives:
            life.stop()
        for thread in (*lives, *senders):
            thread.join(60)
    assert not quota.faults, "\n".join(quota.faults)
