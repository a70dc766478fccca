"""Many machines in one process, each of them a row that moves: real ones would leave the browser no room.

``python -m ui.crowd MACHINES RATE SECONDS`` makes the machines and says ``ready``; after a line on standard input it
changes their states RATE times a second and prints how many changes there were.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace

from statemachine_internal.definition import parse
from statemachine_internal.feed.wakeup import FeedBell
from statemachine_internal.store.paths import database_path
from statemachine_internal.store.protocol import MachineStatus, Place, Process
from statemachine_internal.store.sqlite import SqliteStore

ROUND = ("idle", "fetching", "working", "storing")
TEXT = json.dumps(
    {
        "name": "crowd",
        "initial_state": ROUND[0],
        "transitions": [
            {"from": state, "to": ROUND[(at + 1) % len(ROUND)], "event": "go_on"} for at, state in enumerate(ROUND)
        ],
    }
)
COMMITS = 100  # a second


def main(machines: int, rate: int, seconds: float) -> None:
    definition = parse(TEXT, "crowd.yaml").definition
    assert definition is not None
    store, bell = SqliteStore(database_path()), FeedBell()
    names = [f"crowd-{number}" for number in range(1, machines + 1)]
    place = Place(
        state=ROUND[0], entry=1, via="", list_start=0, cursor=0, list_end=0, status=MachineStatus.WAITING, context="{}"
    )
    nobody = Process(pid=0, boot_id="", invocation_id=None)
    last = 0
    with store.transaction():
        store.keep_definition(definition.digest, TEXT, "crowd.yaml", now())
        for name in names:
            store.create(
                name, place, digest=definition.digest, config_type="crowd", control_path=None, process=nobody, now=now()
            )
            last = store.append(name, "machine_registered", json.dumps({"state": place.state}), now())
    bell.ring(last)
    print("ready", flush=True)
    sys.stdin.readline()
    at = dict.fromkeys(names, place)
    begin, done = time.monotonic(), 0
    while (passed := time.monotonic() - begin) < seconds:
        with store.transaction():
            for number in range(done, round(min(passed + 1 / COMMITS, seconds) * rate)):
                name = names[number % machines]
                before = at[name]
                state = ROUND[(ROUND.index(before.state) + 1) % len(ROUND)]
                at[name] = replace(before, state=state, entry=before.entry + 1)
                store.save(name, 1, at[name], now())
                change = {"from": before.state, "to": state, "event": "go_on", "entry": at[name].entry}
                last = store.append(name, "state_change", json.dumps(change), now())
                done += 1
        bell.ring(last)
        time.sleep(max(0, begin + done / rate - time.monotonic()))
    print(done, flush=True)


def now() -> int:
    return time.time_ns() // 1000


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
