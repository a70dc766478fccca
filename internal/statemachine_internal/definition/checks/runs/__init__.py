"""A search through all that the machines given may do together, with their data left out.

::

    definitions ── groups ──▶ machines that exchange events
                                │ actor: one of them; outcomes: what may come of an action
                                ▼
        place ── answers ── moves ── steps ── graph ──▶ configurations and steps, nearest first, up to a bound
                                                   │
                deadlocks, livelocks, undelivered, endings ── story ──▶ a complaint with its shortest run

A configuration is where each machine stands, with at most three events in each inbox. A ``when`` may hold or not, and
an action may emit any event that it can; a step that hangs on such a choice is OPEN, one that can really happen is
SURE. So two kinds of claims are made, and neither is a guess:

- *This can happen* (a deadlock, a livelock): a run of SURE steps leads there, and whatever else may happen after, OPEN
  steps included, does not lead out.
- *This can't happen* (an event is never taken, a final state never reached): it is in no configuration, and nothing was
  left out of the search, neither by its bound nor by a full inbox.
"""

from __future__ import annotations

from collections.abc import Sequence

from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.checks.runs import deadlocks, endings, livelocks, undelivered
from statemachine_internal.definition.checks.runs.actor import actors
from statemachine_internal.definition.checks.runs.graph import explore
from statemachine_internal.definition.checks.runs.groups import groups


def search(files: Sequence[Given], most: int) -> None:
    """Look at ``most`` configurations of each group of machines, and complain of what they show."""
    for group in groups(files):
        graph = explore(actors(group, files), most)
        if livelocks.check(graph):
            continue  # whatever else doesn't come about there, doesn't for this
        deadlocks.check(graph)
        undelivered.check(graph)
        endings.check(graph)
