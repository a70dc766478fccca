"""From ``add-job`` to the start of the job's action on a worker that waits for one."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

from bench.bare_queue import TYPE, BareQueue
from bench.rig import p50, wait_for
from bench.table import Row
from bench.workers import Workers, add_jobs
from statemachine_internal.store.sqlite import SqliteStore
from support.workspace import open_workspace

ROUNDS = 50
BUDGET_MS = 20.0
MARK = '''
import socket
import time

from statemachine_engine.actions import BaseAction


class MarkAction(BaseAction):
    """Says when it was started."""

    async def execute(self, context):
        at = time.time_ns() // 1000
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(str(at).encode(), self.get_config_value("to"))
        return "again"
'''


def measure() -> Iterator[Row]:
    """Both are timed from what the job's row says: from right before its commit, so that this is in it."""
    with open_workspace() as workspace:
        floor = BareQueue(path=workspace.path / "floor.db")
        bell = str(workspace.path / "bell.sock")
        floor.start(workspace, 1, bell)
        store = SqliteStore(str(floor.path))
        workspace.write("actions/mark_action.py", MARK)
        mark = workspace.path / "mark.sock"
        workers = Workers(workspace=workspace, type=TYPE)
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as marks,
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ringer,
        ):
            marks.bind(str(mark))
            marks.settimeout(30)
            workers.start(1, f"{{type: mark, to: {mark}}}")
            bare: list[float] = []
            taken: list[float] = []
            for number in range(ROUNDS):
                began = time.time_ns() // 1000
                add_jobs(store, TYPE, number, 1)
                ringer.sendto(b"x", bell)
                bare.append((floor.woken() - began) / 1000)
                taken.append(_start(workers, marks, number))
        workers.stop()
        floor.stop()
        store.close()
    yield Row(
        what="from add-job to the start of the action, idle worker",
        measured=f"p50 {p50(taken):.2f} ms, worst {max(taken):.1f} ms",
        floor=(
            f"commit, datagram, commit p50 {p50(bare):.2f} ms, worst {max(bare):.1f} ms; budget p50 {BUDGET_MS:.0f} ms"
        ),
        ratio=p50(taken) / BUDGET_MS,
        at_most=1.0,
    )


def _start(workers: Workers, marks: socket.socket, number: int) -> float:
    """One job by the real command; milliseconds from its row's time to its action's."""
    wait_for(lambda: workers.waiting() == 1, workers.machines[0])
    added = workers.workspace.run("statemachine-db", "add-job", f"job-{number}", "--type", TYPE)
    if added.returncode:
        raise SystemExit(f"bench: {added.stderr}")
    at = int(marks.recv(64))
    job = workers.store.jobs.get(f"job-{number}")
    assert job is not None
    return (at - job.created) / 1000
