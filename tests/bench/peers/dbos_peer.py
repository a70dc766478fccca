"""DBOS on SQLite. Each worker is an executor of its own, so that it takes up its own work alone after a crash."""

from __future__ import annotations

import sys
import threading
from importlib.metadata import version

import marks  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]
from dbos import DBOS  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]

QUEUE = "jobs"
POLLING_SECONDS = 0.1  # a second, by default


def main(role: str, folder: str = "", *arguments: str) -> None:
    if role == "version":
        print(f"DBOS {version('dbos')} on SQLite")
        return
    DBOS(
        config={
            "name": "peer",
            "system_database_url": f"sqlite:///{folder}/dbos.db",
            "executor_id": arguments[0] if role == "work" else "adder",
            "application_version": "1",
            "run_admin_server": False,
            "log_level": "ERROR",
        }
    )
    job = DBOS.workflow(name="job")(marks.mark)
    if role == "add":
        DBOS.listen_queues([])
    DBOS.launch()
    DBOS.register_queue(QUEUE, polling_interval_sec=POLLING_SECONDS)
    if role == "add":
        first, count = map(int, arguments)
        for number in range(first, first + count):
            DBOS.enqueue_workflow(QUEUE, job, folder, number)
        DBOS.destroy()
    else:
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
