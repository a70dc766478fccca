"""Send events to machines from Python.

from statemachine_engine.client import Client

sent = Client(source="importer").send("worker", "new_file", {"path": "/srv/in/a.csv"})
print(sent.id, sent.accepted)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from statemachine_internal.control.addresses import check_machine_name
from statemachine_internal.control.delivery import ACCEPTED, deliver
from statemachine_internal.control.outgoing import Outgoing

if TYPE_CHECKING:
    from typing import Any

__all__ = ["Client", "Sent"]


class Sent:
    """What became of the sending.

    Attributes:
        id: the event's id in the database; it is durable by now.
        accepted: whether the running machine took it; if not, it waits in the machine's inbox for its next start.
        text: the same in a sentence.
    """

    __slots__ = ("accepted", "id", "text")

    def __init__(self, id: int, accepted: bool, text: str) -> None:
        self.id, self.accepted, self.text = id, accepted, text


class Client:
    """A sender of events; it holds nothing open.

    Args:
        source: who sends, for the history.
    """

    def __init__(self, source: str = "python") -> None:
        self.source = source

    def send(self, target: str, type: str, payload: dict[str, Any] | None = None, *, job_id: str | None = None) -> Sent:
        """Send an event: to the machine if it runs, else into its inbox. When this returns, the event can't be lost.

        Args:
            target: the machine's name, or ``ui``.
            type: the event's name, 1 to 128 characters.
            payload: a map of what JSON can hold, at most 16 MiB of it.
            job_id: the job that the event is about.

        Raises:
            UsageError: the event, or the name, is wrong.
            StateMachineError: it could be neither sent nor stored.
        """
        done = deliver(
            Outgoing(target=check_machine_name(target), type=type, payload=payload, source=self.source, job_id=job_id)
        )
        return Sent(done.id, done.how == ACCEPTED, done.sentence)
