"""The named instants between which a process may die.

A crash test replaces ``reached`` and kills the process at the instant of its choice; in service it does nothing.
"""

from __future__ import annotations

from collections.abc import Callable

RECEIVE = "receive"  # events were read from the socket, nothing is stored
DECIDE = "decide"  # the transaction is open, steps are decided and written
COMMIT = "commit"  # just before the commit
COMMITTED = "committed"  # just after it, and nobody was told
ACKNOWLEDGE = "acknowledge"  # between two replies
ACT = "act"  # an awaiting action is about to start, and counted
ACTED = "acted"  # it came back, and its outcome isn't stored
RING = "ring"  # between a commit and its doorbells

ALL = (RECEIVE, DECIDE, COMMIT, COMMITTED, ACKNOWLEDGE, ACT, ACTED, RING)


def _nothing(point: str) -> None:
    """In service."""


reached: Callable[[str], None] = _nothing
