"""One sender of a steady load of numbered events, as a process of its own: ``sender WAY MACHINE NAME FOLDER``.

The ways to send: ``stream``, one connection with up to eight events in flight; ``visits``, a connection for each event;
``command``, ``statemachine-db send-event``, which stores the event itself where no machine answers. A number that was
begun is sent again under its uid until it is accepted, also after the order to stop (SIGTERM); ``NAME.accepted`` lists
those whose acceptance came back. With a ``stubborn`` before the way it passes over SIGTERM, until it is killed.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

PACE = 0.01  # seconds between two events of one sender
PATIENCE = 10.0  # seconds until a sender that hears nothing asks anew
IN_FLIGHT = 8
EVERY_OTHER = 10  # the events of so many are of a kind that has an awaiting action

Note = Callable[[str], None]


class Numbers:
    """The numbers of a sender, one after the other, until it is told to stop."""

    def __init__(self, machine: str, name: str, stubborn: bool) -> None:
        self.machine, self.name = machine, name
        self._going = True
        signal.signal(signal.SIGTERM, signal.SIG_IGN if stubborn else self._stop)

    def __iter__(self) -> Iterator[str]:
        count = 0
        while self._going:
            count += 1
            yield f"{self.name}-{count}"
            time.sleep(PACE)

    def event(self, number: str) -> dict[str, object]:
        """What is sent for a number."""
        type = "worked" if int(number.rpartition("-")[2]) % EVERY_OTHER == 0 else "counted"
        return {"type": type, "payload": {"number": number}, "uid": f"{self.machine}/{number}", "source": self.name}

    def _stop(self, *_: object) -> None:
        self._going = False


def stream(numbers: Numbers, note: Note) -> None:
    """One connection, which is renewed when it breaks; what was in flight is then sent again."""
    waiting: deque[str] = deque()
    pending = iter(numbers)
    exhausted = False
    while not exhausted or waiting:
        connection = _connected(numbers.machine)
        try:
            for number in waiting:
                connection.send(json.dumps(numbers.event(number)).encode())
            while not exhausted or waiting:
                if not exhausted and len(waiting) < IN_FLIGHT:
                    number = next(pending, "")
                    exhausted = not number
                    if number:
                        waiting.append(number)
                        connection.send(json.dumps(numbers.event(number)).encode())
                        continue
                if waiting:
                    _take_reply(connection)
                    note(waiting.popleft())
        except OSError:
            time.sleep(PACE)
        finally:
            connection.close()


def visits(numbers: Numbers, note: Note) -> None:
    """A connection for each event."""
    for number in numbers:
        while True:
            connection = _connected(numbers.machine)
            try:
                connection.send(json.dumps(numbers.event(number)).encode())
                _take_reply(connection)
                break
            except OSError:
                time.sleep(PACE)
            finally:
                connection.close()
        note(number)


def command(numbers: Numbers, note: Note) -> None:
    """The command of the shell: once it has ended with 0, the event must not be lost, whoever was running."""
    for number in numbers:
        event = numbers.event(number)
        argv = ["statemachine-db", "send-event", "--target", numbers.machine, "--type", str(event["type"])]
        argv += ["--payload", json.dumps(event["payload"]), "--source", numbers.name]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{' '.join(argv)} ended with {done.returncode}: {done.stderr}")
        note(number)


def _connected(machine: str) -> socket.socket:
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.settimeout(PATIENCE)
        try:
            connection.connect(f"/run/statemachine/control/{machine}.sock")
        except OSError:
            connection.close()
            time.sleep(PACE)
        else:
            return connection


def _take_reply(connection: socket.socket) -> None:
    data = connection.recv(65536)
    if not data:
        raise ConnectionResetError
    reply = json.loads(data)
    if not reply["ok"]:
        sys.exit(f"refused: {reply}")


def main(arguments: list[str]) -> None:
    stubborn = arguments[0] == "stubborn"
    way, machine, name, folder = arguments[1:] if stubborn else arguments
    path = Path(folder) / f"{name}.accepted"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), "w", buffering=1) as accepted:
        ways = {"stream": stream, "visits": visits, "command": command}
        ways[way](Numbers(machine, name, stubborn), lambda number: print(number, file=accepted))


if __name__ == "__main__":
    main(sys.argv[1:])
