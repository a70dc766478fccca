"""Events on their way into a turn: a row of the inbox as a trigger, an arrival as the row that it becomes."""

from __future__ import annotations

import json

from statemachine_internal.control.server import Arrival
from statemachine_internal.machine import Trigger, TriggerKind, event_data
from statemachine_internal.store.protocol import InboxEvent, NewEvent


def trigger_of(row: InboxEvent) -> Trigger:
    """The trigger of a pending event."""
    event = event_data(row.type, json.loads(row.payload), id=row.id, job_id=row.job_id, source=row.source)
    return Trigger(kind=TriggerKind.EVENT, name=row.type, event=event)


def row_of(arrival: Arrival, target: str) -> NewEvent:
    """What is stored of a message that machine ``target`` has received."""
    message = arrival.message
    return NewEvent(
        target=target,
        type=message.type,
        payload=message.payload_json,
        source=message.source or "",
        job_id=message.job_id,
        uid=message.uid,
        sender_uid=arrival.uid,
        sender_pid=arrival.pid,
    )
