"""SqliteHuey, with its defaults: WAL, and synchronous=FULL, as SQLite has it."""

from __future__ import annotations

import sys

import huey  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]
import marks  # type: ignore[import-not-found]  # pyright: ignore[reportMissingImports]


def main(role: str, folder: str = "", *arguments: str) -> None:
    if role == "version":
        print(f"SqliteHuey {huey.__version__}")
        return
    queue = huey.SqliteHuey(filename=f"{folder}/huey.db")
    job = queue.task()(marks.mark)
    if role == "add":
        first, count = map(int, arguments)
        for number in range(first, first + count):
            job(folder, number)
    else:
        queue.create_consumer(workers=1, periodic=False).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
