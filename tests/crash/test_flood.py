"""Five thousand events, as fast as eight processes can send, to a machine that comes late and is restarted twice."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crash.life import PATIENCE, Waited
from crash.stage import Stage

SENDERS = 8
EACH = 625
DEFINITION = """\
name: counter
initial_state: idle
events: [number]
transitions:
  - {from: idle, event: number, actions: [{type: add_to_list, list: seen, value: "{event_data.payload.key}"}]}
"""


def start_sender(stage: Stage, name: str) -> subprocess.Popen[bytes]:
    """A sender in a process of its own."""
    program = str(Path(__file__).with_name("senders.py"))
    path = os.pathsep.join([stage.workspace.env["PYTHONPATH"], str(Path(__file__).parents[1])])
    return subprocess.Popen(
        [sys.executable, program, name, "counter", str(EACH)],
        env=stage.workspace.env | {"PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )


def wait_half(senders: list[subprocess.Popen[bytes]], count: int) -> None:
    """Wait until so many of the senders have come half of their way."""
    poll = select.poll()
    for sender in senders:
        assert sender.stdout is not None
        poll.register(sender.stdout, select.POLLIN)
    for _ in range(count):
        ready = poll.poll(PATIENCE * 1000)
        if not ready:
            raise Waited(f"the senders did not come half of their way within {PATIENCE:g} s")
        poll.unregister(ready[0][0])


@pytest.mark.req("P1")
@pytest.mark.req("P2")
@pytest.mark.req("E3")
def test_of_five_thousand_events_none_is_lost_or_doubled_or_out_of_its_sender_s_order(stage: Stage) -> None:
    started = time.monotonic()
    stage.write("counter.yaml", DEFINITION)
    senders = {f"s{number}": start_sender(stage, f"s{number}") for number in range(1, SENDERS + 1)}
    try:
        wait_half(list(senders.values()), SENDERS // 2)
        first = stage.live("counter").ready()
        applied(stage, 1500)
        assert first.stop() == 0
        second = stage.live("counter").ready()
        applied(stage, 3000)
        assert second.kill() == -signal.SIGKILL
        stage.live("counter").ready()
        said = {name: sender.communicate(timeout=PATIENCE)[0] for name, sender in senders.items()}
        assert {sender.returncode for sender in senders.values()} == {0}
    finally:
        for sender in senders.values():
            if sender.poll() is None:
                sender.kill()
            sender.communicate()
    stage.until_rest("counter")
    events = stage.rows.events("counter")
    assert {event.status for event in events} == {"processed"}
    assert len(events) == SENDERS * EACH
    seen = stage.rows.context("counter")["seen"]
    assert seen == [event.payload["key"] for event in events]
    for name in senders:
        assert [key for key in seen if key.startswith(f"{name}-")] == [f"{name}-{n}" for n in range(1, EACH + 1)]
    assert [change.event_id for change in stage.rows.changes("counter")[1:]] == [event.id for event in events]
    stage.check()
    how = [json.loads(text.splitlines()[-1]) for text in said.values()]
    accepted, stored = (sum(each.get(word, 0) for each in how) for word in ("accepted", "stored"))
    print(f"\n{len(events)} events ({accepted} accepted, {stored} stored), {time.monotonic() - started:.1f} s")


def applied(stage: Stage, count: int) -> None:
    """Wait until at least so many events have been applied."""
    sql = "SELECT count(*) FROM machine_events WHERE status = 'processed'"
    stage.until(lambda: stage.rows.ask(sql)[0][0] >= count, f"{count} events applied")
