"""Senders of numbered events: to the machine, or else into its inbox, exactly as ``statemachine-db send-event`` does.

As a program it is a sender of a process of its own: ``python senders.py SOURCE TARGET COUNT`` prints ``half`` at half
of its way, and at the end how many were accepted and how many it stored itself.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Sequence

from crash.life import PATIENCE
from crash.lives import Quota
from crash.rows import Rows
from statemachine_cmd.db.event import Event
from statemachine_internal.control.delivery import ACCEPTED, Delivery, deliver
from statemachine_internal.errors import StoreBusy
from statemachine_internal.feed.follow import Follower

OPEN_MAX = 40


def send_number(source: str, target: str, type: str, number: int) -> Delivery:
    """Send one event, and again under its uid while others keep the database locked."""
    payload = json.dumps({"key": f"{source}-{number}"})
    event = Event(target=target, type=type, payload=payload, source=source, job_id=None)
    while True:
        try:
            return deliver(event)
        except StoreBusy:
            continue


class Sender(threading.Thread):
    """Sends events of these kinds in turn, until the quota of deaths is full.

    It holds back while much is open, so that all of it can settle.
    """

    def __init__(self, source: str, target: str, kinds: Sequence[str], rows: Rows, quota: Quota) -> None:
        super().__init__(name=f"sender {source}")
        self.source, self.target = source, target
        self.sent: list[str] = []
        self.ids: set[int] = set()
        self.accepted = 0
        self._kinds, self._rows, self._quota = kinds, rows, quota

    def run(self) -> None:
        """Send."""
        try:
            with Follower(self.source) as follower:
                while not self._quota.enough.is_set():
                    self._send(follower)
        except Exception as error:  # noqa: BLE001 - it is the test's to report
            self._quota.fault(f"{self.name}: {type(error).__name__}: {error}")

    def _send(self, follower: Follower) -> None:
        number = len(self.sent) + 1
        type = self._kinds[number % len(self._kinds)]
        follower.drain()
        delivery = send_number(self.source, self.target, type, number)
        self.sent.append(f"{type}:{self.source}-{number}")
        self.ids.add(delivery.id)
        if delivery.how == ACCEPTED:
            self.accepted += 1
        else:
            follower.wait(PATIENCE)  # the machine's next life takes the row up, and rings
        deadline = time.monotonic() + PATIENCE
        while self._rows.pending() > OPEN_MAX and not self._quota.enough.is_set():
            follower.wait(1)
            if time.monotonic() > deadline:
                raise AssertionError(f"{self._rows.pending()} events are open, and they don't get fewer")


def main(source: str, target: str, count: int) -> None:
    """Send ``count`` events as fast as it goes."""
    how: dict[str, int] = {}
    for number in range(1, count + 1):
        delivery = send_number(source, target, "number", number)
        how[delivery.how] = how.get(delivery.how, 0) + 1
        if number == count // 2:
            print("half", flush=True)
    print(json.dumps(how), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
