"""procrastinate, on the PostgreSQL that listens in ``FOLDER/pg``."""

from __future__ import annotations

import sys
from importlib.metadata import version

import marks  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]
import procrastinate  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]


def main(role: str, folder: str = "", *arguments: str) -> None:
    if role == "version":
        print(f"procrastinate {version('procrastinate')}")
        return
    connection = {"host": f"{folder}/pg", "dbname": "postgres", "user": "postgres"}
    if role == "work":
        app = procrastinate.App(connector=procrastinate.PsycopgConnector(kwargs=connection))
        app.task(name="job")(marks.mark)
        app.run_worker(name=arguments[0])
        return
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(kwargs=connection))
    job = app.task(name="job")(marks.mark)
    with app.open():
        if not app.check_connection():
            app.schema_manager.apply_schema()
        first, count = map(int, arguments)
        for number in range(first, first + count):
            job.defer(folder=folder, number=number)


if __name__ == "__main__":
    main(*sys.argv[1:])
