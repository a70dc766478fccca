"""Completion for bash: tables of what each command takes, put into a script that knows how to use them."""

from __future__ import annotations

import shlex
from pathlib import Path

from .programs import Argument, Command, Program


def completion(program: Program, names: list[str], template: Path) -> str:
    """The script for a program that goes by these names."""
    commands = program.commands or (program.whole,)
    called = {command.name if program.commands else "": command for command in commands}
    known = [program.whole] if program.commands else []
    filled = {
        "@PROGRAM@": program.name,
        "@FUNCTION@": function(program),
        "@NAMES@": " ".join(names),
        "@COMMANDS@": shlex.quote(" ".join(c.name for c in program.commands)),
        "@WHOLE@": shlex.quote(" ".join(name for c in known for name in _options(c))),
        "@TAKES@": "\n".join(_takes(name, command) for name, command in called.items()),
        "@VALUES@": "\n".join(line for name, command in called.items() for line in _values(name, command)),
    }
    text = template.read_text(encoding="utf-8")
    for mark, value in filled.items():
        text = text.replace(mark, value)
    return text


def function(program: Program) -> str:
    """The start of the names of the script's functions."""
    return "_" + program.name.replace("-", "_")


def _options(command: Command) -> list[str]:
    return [name for option in command.options for name in option.names if name.startswith("--")]


def _takes(name: str, command: Command) -> str:
    valued = [n for option in command.options if option.takes_value and not option.value_optional for n in option.names]
    operands = " ".join(shlex.quote(_spec(operand)) for operand in command.operands)
    last = "yes" if any(operand.several for operand in command.operands) else ""
    return "\n".join(
        [
            f"        {shlex.quote(name)})",
            f"            options={shlex.quote(' '.join(_options(command)))}",
            f"            valued={shlex.quote(' '.join(valued))}",
            f"            operands=({operands}) several={last}",
            "            ;;",
        ]
    )


def _values(name: str, command: Command) -> list[str]:
    return [
        f"        {shlex.quote(f'{name} {spelling}')}) spec='{_spec(option)}' ;;"
        for option in command.options
        if option.takes_value and _spec(option) != "text"
        for spelling in option.names
    ]


def _spec(argument: Argument) -> str:
    return f"words {' '.join(argument.choices)}" if argument.choices else argument.kind.value
