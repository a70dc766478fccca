"""``backup``: copy the database into a file, while machines write to it."""

from __future__ import annotations

import sys

from statemachine_cmd.db.arguments import terminal_width
from statemachine_cmd.db.parser import NEVER, Option
from statemachine_internal.service.printable import printable
from statemachine_internal.store.backup import back_up
from statemachine_internal.store.paths import database_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = "statemachine-db backup /var/backups/statemachine.db"


def add_arguments(parser: Parser) -> None:
    text = "the file to make; it is complete as soon as it is there"
    parser.add(Option("file", text, metavar="FILE", convert=_path, required=True))
    parser.add(Option("--force", "replace a file that is there", value=NEVER))


def run(given: Given) -> int:
    shows = sys.stderr is not None and terminal_width(2) is not None
    size = back_up(database_path(), given.file, replace=given.force, progress=_show if shows else None)
    if shows:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    print(printable(f"{given.file}: {size} bytes"))
    return 0


def _path(text: str) -> str:
    if not text:
        raise ValueError("the path of a file")
    return text


def _show(done: int, pages: int) -> None:
    print(f"\r{100 * done // max(1, pages):3} %", end="", file=sys.stderr, flush=True)
