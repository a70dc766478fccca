"""The programs and what they take, read from their parsers."""

from __future__ import annotations

import argparse
import importlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

DATABASE_MODULE = "statemachine_cmd.database"


class Kind(Enum):
    """What a value names, for completion."""

    TEXT = "text"
    MACHINE = "machine"
    TARGET = "target"  # a machine, or the ui
    FILE = "file"
    DIRECTORY = "directory"
    DEFINITION = "definition"  # a YAML file


@dataclass(frozen=True, kw_only=True)
class Argument:
    """An option, or an operand, which has no ``names``."""

    names: tuple[str, ...]
    metavar: str
    help: str
    choices: tuple[str, ...] = ()
    required: bool = False
    takes_value: bool = True
    value_optional: bool = False
    several: bool = False

    @property
    def kind(self) -> Kind:
        """What its value names, by the words that all programs use."""
        words = [*self.names, self.metavar] if self.names else [self.metavar]
        return next((_KINDS[word] for word in words if word in _KINDS), Kind.TEXT)


_KINDS = {
    "--machine": Kind.MACHINE,
    "--machine-name": Kind.MACHINE,
    "--target": Kind.TARGET,
    "M": Kind.MACHINE,
    "MACHINE": Kind.MACHINE,
    "CONFIG": Kind.DEFINITION,
    "--actions-dir": Kind.DIRECTORY,
    "--output-dir": Kind.DIRECTORY,
    "--project-root": Kind.DIRECTORY,
    "--event-socket-path": Kind.FILE,
    "--control-socket-prefix": Kind.FILE,
    "--input-file": Kind.FILE,
    "FILE": Kind.FILE,
    "OUT": Kind.FILE,
}


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command line: a program without commands, or one command of a program."""

    name: str
    summary: str
    example: str
    arguments: tuple[Argument, ...]

    @property
    def options(self) -> tuple[Argument, ...]:
        return tuple(a for a in self.arguments if a.names)

    @property
    def operands(self) -> tuple[Argument, ...]:
        return tuple(a for a in self.arguments if not a.names)


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program: ``commands`` is empty, or it has no arguments but those of ``whole``."""

    name: str
    whole: Command
    commands: tuple[Command, ...] = ()


HELP = Argument(names=("-h", "--help"), metavar="", help="show a short help and exit", takes_value=False)
VERSION = Argument(names=("-V", "--version"), metavar="", help="show the version and exit", takes_value=False)


def read_programs(root: Path) -> tuple[dict[str, Program], dict[str, str]]:
    """Every program that ``pyproject.toml`` names, and aliases: a second name of a program → its first."""
    with (root / "pyproject.toml").open("rb") as file:
        scripts: dict[str, str] = tomllib.load(file)["project"]["scripts"]
    programs: dict[str, Program] = {}
    aliases: dict[str, str] = {}
    first_of: dict[str, str] = {}
    for name, target in scripts.items():
        module = target.partition(":")[0]
        if target in first_of:
            aliases[name] = first_of[target]
            continue
        first_of[target] = name
        programs[name] = _database(name) if module == DATABASE_MODULE else _simple(name, module)
    return programs, aliases


def _simple(name: str, module: str) -> Program:
    parser: argparse.ArgumentParser = importlib.import_module(module).parser()
    return Program(name=name, whole=from_argparse(name, parser))


def from_argparse(name: str, parser: argparse.ArgumentParser) -> Command:
    """What an argparse parser takes."""
    actions: Sequence[argparse.Action] = parser._actions
    return Command(
        name=name,
        summary=parser.description or "",
        example=(parser.epilog or "").removeprefix("example: "),
        arguments=tuple(_argument(action) for action in actions),
    )


def _argument(action: argparse.Action) -> Argument:
    if isinstance(action, argparse._HelpAction):
        return HELP
    if isinstance(action, argparse._VersionAction):
        return replace(VERSION, names=tuple(action.option_strings))
    takes_value = action.nargs != 0
    choices = tuple(str(choice) for choice in action.choices or ())
    metavar = action.metavar if isinstance(action.metavar, str) else "|".join(choices) or action.dest.upper()
    fill: dict[str, Any] = vars(action) | {"prog": "", "choices": "|".join(choices)}
    return Argument(
        names=tuple(action.option_strings),
        metavar=metavar if takes_value else "",
        help=(action.help or "") % fill,
        choices=choices,
        required=action.required,
        takes_value=takes_value,
        value_optional=action.nargs == "?" and bool(action.option_strings),
        several=action.nargs in ("*", "+"),
    )


def _database(name: str) -> Program:
    """``statemachine-db``, whose parsers are its own."""
    from statemachine_cmd.db import COMMANDS
    from statemachine_cmd.db.command import parser_of
    from statemachine_cmd.db.parser import ALWAYS, MAYBE, NEVER, Option

    assert {ALWAYS, MAYBE, NEVER} == {"always", "maybe", "never"}

    def argument(option: Option) -> Argument:
        return Argument(
            names=(option.name,) if option.name.startswith("--") else (),
            metavar=option.metavar,
            help=option.help,
            choices=tuple(option.choices),
            required=option.required,
            takes_value=option.value != NEVER,
            value_optional=option.value == MAYBE,
        )

    commands: list[Command] = []
    for command, summary in COMMANDS.items():
        parser = parser_of(command)
        listed = [*parser.operands, *parser.options]
        commands.append(
            Command(
                name=command,
                summary=summary,
                example=parser.example,
                arguments=(*(argument(option) for option in listed), HELP),
            )
        )
    whole = Command(
        name=name,
        summary="look into the database of the state machines, and send them events",
        example="",
        arguments=(HELP, VERSION),
    )
    return Program(name=name, whole=whole, commands=tuple(commands))
