"""Completion for zsh: one call of _arguments for each command (zshcompsys(1))."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from .bash import function
from .programs import Argument, Command, Kind, Program

_FILLS = {
    Kind.TEXT: " ",
    Kind.MACHINE: "{machines}",
    Kind.TARGET: "{targets}",
    Kind.FILE: "_files",
    Kind.DIRECTORY: "_files -/",
    Kind.DEFINITION: '_files -g "*.y(a|)ml(-.)"',
}


def completion(program: Program, names: list[str], template: Path) -> str:
    """The script for a program that goes by these names."""
    start = function(program)
    filled = {
        "@PROGRAM@": program.name,
        "@FUNCTION@": start,
        "@NAMES@": " ".join(names),
        "@BODY@": "\n".join(_with_commands(program, start) if program.commands else _call(program.whole, start, 4)),
    }
    text = template.read_text(encoding="utf-8")
    for mark, value in filled.items():
        text = text.replace(mark, value)
    return text


def _with_commands(program: Program, start: str) -> list[str]:
    described = [f"            {shlex.quote(f'{c.name}:{c.summary}')}" for c in program.commands]
    return [
        "    local curcontext=$curcontext state line",
        "    local -A opt_args",
        "    local -a commands",
        "    _arguments -C \\",
        *(f"        {shlex.quote(spec)} \\" for option in program.whole.options for spec in _option(option, start)),
        "        '1: :->command' '*:: :->argument' && return",
        "    case $state in",
        "    command)",
        "        commands=(",
        *described,
        "        )",
        "        _describe -t commands command commands",
        "        ;;",
        "    argument)",
        '        curcontext="${curcontext%:*:*}:' + program.name + '-$words[1]:"',
        "        case $words[1] in",
        *(line for command in program.commands for line in _case(command, start)),
        "        esac",
        "        ;;",
        "    esac",
    ]


def _case(command: Command, start: str) -> list[str]:
    return [f"        {command.name})", *_call(command, start, 12), "            ;;"]


def _call(command: Command, start: str, indent: int) -> list[str]:
    specs = [spec for option in command.options for spec in _option(option, start)]
    specs += [_operand(operand, start, index) for index, operand in enumerate(command.operands, 1)]
    space = " " * indent
    return [f"{space}_arguments \\", " \\\n".join(f"{space}    {shlex.quote(spec)}" for spec in specs)]


def _option(option: Argument, start: str) -> list[str]:
    others = f"({' '.join(option.names)})" if len(option.names) > 1 else ""
    return [f"{others}{name}{_value(option, start, name)}" for name in option.names]


def _value(option: Argument, start: str, name: str) -> str:
    brackets = re.sub(r"([][])", r"\\\1", option.help)
    explained = f"[{brackets}]"
    if not option.takes_value:
        return explained
    if option.value_optional:
        return f"=-{explained}::{_message(option)}:{_fill(option, start)}"
    return f"{'=' if name.startswith('--') else '+'}{explained}:{_message(option)}:{_fill(option, start)}"


def _operand(operand: Argument, start: str, index: int) -> str:
    place = "*" if operand.several else f"{index}" if operand.required else f"{index}:"
    return f"{place}:{_message(operand)}:{_fill(operand, start)}"


def _message(argument: Argument) -> str:
    return argument.metavar.replace(":", r"\:")


def _fill(argument: Argument, start: str) -> str:
    if argument.choices:
        return f"({' '.join(argument.choices)})"
    return _FILLS[argument.kind].format(machines=f"{start}_machines", targets=f"{start}_targets")
