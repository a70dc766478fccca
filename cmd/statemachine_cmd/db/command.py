"""Choosing a command by its name, and what the program says about itself."""

from __future__ import annotations

import sys

from statemachine_cmd.db import COMMANDS, PROGRAM
from statemachine_internal.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from statemachine_cmd.db.parser import Given, Parser

    class Command(Protocol):
        """The module of a command."""

        EXAMPLE: str

        def add_arguments(self, parser: Parser) -> None:
            """Say what the command takes."""
            ...

        def run(self, given: Given) -> int:
            """Do it; returns the exit status. Raises StateMachineError."""
            ...


def run(arguments: list[str]) -> int:
    """Run the command that the first argument names."""
    name = arguments[0] if arguments else None
    if name in COMMANDS:
        parser = parser_of(name)
        given = parser.parse(arguments[1:])
        if given is None:
            print(parser.help(_width()))
            return 0
        return load(name).run(given)
    if name in ("-h", "--help", "help"):
        print(help_text())
        return 0
    if name in ("-V", "--version"):
        from statemachine_internal.version import VERSION

        print(f"{PROGRAM} {VERSION}")
        return 0
    if name is None:
        raise UsageError(f"which command? see: {PROGRAM} --help")
    raise UsageError(f"there is no command '{name}'{_nearest(name)}; see: {PROGRAM} --help")


def load(name: str) -> Command:
    """The module of a command."""
    package = f"{__package__}.{name.replace('-', '_')}"
    __import__(package)
    module: Any = sys.modules[package]
    command: Command = module
    return command


def parser_of(name: str) -> Parser:
    """The parser of a command; manual pages and completions are made from it too."""
    from statemachine_cmd.db.parser import Parser

    command = load(name)
    summary = COMMANDS[name]
    parser = Parser(f"{PROGRAM} {name}", f"{summary[0].upper()}{summary[1:]}.", command.EXAMPLE)
    command.add_arguments(parser)
    return parser


def help_text() -> str:
    """The program's own help."""
    return "\n".join(
        [
            f"usage: {PROGRAM} COMMAND [ARGUMENT …]",
            "",
            "Look into the database of the state machines, and send them events.",
            "",
            "commands:",
            *_listed(COMMANDS),
            "",
            "options:",
            *_listed({"--help": "show this, or after a command what it takes", "--version": "show the version"}),
            "",
            "The database is $STATEMACHINE_DATABASE, else",
            "/var/lib/statemachine/statemachine.db where that folder exists, else",
            "$XDG_STATE_HOME/statemachine/statemachine.db.",
            "Exit status: 0 done, 1 refused, 2 a bad argument.",
            "",
            f"example: {PROGRAM} send-event --target worker --type new_job",
        ]
    )


def _listed(rows: dict[str, str]) -> list[str]:
    import textwrap

    left = max(map(len, COMMANDS))
    lines: list[str] = []
    for name, text in rows.items():
        lines += textwrap.wrap(f"  {name:<{left}}  {text}", 79, subsequent_indent=" " * (left + 4))
    return lines


def _width() -> int:
    from statemachine_cmd.db.arguments import UNKNOWN_WIDTH, terminal_width

    return max(40, (terminal_width(1) or UNKNOWN_WIDTH) - 1)


def _nearest(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name.lower()[:64], COMMANDS, n=1)
    return f", did you mean '{near[0]}'?" if near else ""
