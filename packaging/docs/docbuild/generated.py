"""What the ``@`` lines of a page stand for: the parts that are made from parsers and tables. All of it is markup."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from statemachine_internal.definition.catalog import ALIASES, BUILT_INS, BuiltIn
from statemachine_internal.monitor.metrics import METRICS
from statemachine_internal.service import message_ids

from .markup import plain
from .programs import Argument, Command, Program


def directives(programs: dict[str, Program], actions: Path) -> dict[str, Callable[[str], str]]:
    """The ``@`` lines that pages may use; each takes the rest of its line."""
    return {
        "synopsis": lambda name: synopsis(name, programs[name].whole),
        "options": lambda name: arguments(programs[name].whole),
        "commands": lambda name: "\n".join(_command(name, command) for command in programs[name].commands),
        "actions": lambda _: "\n".join(_action(name, known, actions) for name, known in BUILT_INS.items()),
        "message-ids": lambda _: "\n".join(_message_ids()),
        "metrics": lambda _: "\n".join(_metrics()),
    }


def synopsis(called: str, command: Command) -> str:
    """One line: ``**statemachine** *CONFIG* [`--debug`] …``, operands first."""
    words = [_word(argument) for argument in (*command.operands, *command.options) if "--help" not in argument.names]
    return " ".join([f"**{called}**", *words])


def arguments(command: Command) -> str:
    """A list of operands and options, each with its help."""
    listed = [*command.operands, *command.options]
    return "\n".join(f"{_term(argument)}\n:   {_sentence(argument.help)}\n" for argument in listed)


def _command(program: str, command: Command) -> str:
    return "\n".join(
        [
            f"## {command.name}",
            "",
            synopsis(f"{program} {command.name}", command),
            "",
            _sentence(command.summary),
            "",
            arguments(command),
            "Example:",
            "",
            "```sh",
            command.example,
            "```",
            "",
        ]
    )


def _word(argument: Argument) -> str:
    if not argument.names:
        word = f"*{argument.metavar}*" + (" ..." if argument.several else "")
    else:
        word = _spelling(argument, argument.names[-1])
    return word if argument.required else f"[{word}]"


def _term(argument: Argument) -> str:
    if not argument.names:
        return f"*{argument.metavar}*"
    return ", ".join(_spelling(argument, name) for name in argument.names)


def _spelling(argument: Argument, name: str) -> str:
    if not argument.takes_value:
        return f"`{name}`"
    value = "|".join(f"`{choice}`" for choice in argument.choices) or f"*{argument.metavar}*"
    return f"`{name}`[`=`{value}]" if argument.value_optional else f"`{name}` {value}"


def _sentence(words: str) -> str:
    return plain(f"{words[:1].upper()}{words[1:]}".rstrip(".") + ".")


def _action(name: str, known: BuiltIn, folder: Path) -> str:
    """A built-in action: the facts of the catalog, the prose of its file, its example."""
    aliases = [alias for alias, of in ALIASES.items() if of == name]
    prose = folder / f"{name}.md"
    facts = [
        *(f"Alias: `{alias}`." for alias in aliases),
        *(f"Needs {' or '.join(f'`{key}`' for key in group)}." for group in known.required),
        f"Emits {' or '.join(f'`{event}`' for event in _events(known))}." if _events(known) else "",
    ]
    return "\n".join(
        [
            f"## {name}",
            "",
            prose.read_text(encoding="utf-8") if prose.exists() else _keys(known.keys),
            "",
            " ".join(fact for fact in facts if fact),
            "",
            "```yaml",
            f"- {{type: {name}, {known.example}}}",
            "```",
            "",
        ]
    )


def _events(known: BuiltIn) -> list[str]:
    return [*([known.success] if known.success else []), *known.emits]


def _keys(keys: Iterable[str]) -> str:
    return f"Keys: {', '.join(f'`{key}`' for key in sorted(keys))}."


def _metrics() -> Iterator[str]:
    """Each metric of the monitor."""
    for metric in METRICS:
        labels = f" Labels: {', '.join(f'`{label}`' for label in metric.labels)}." if metric.labels else ""
        yield f"`{metric.name}`\n:   {metric.kind.value.capitalize()}. {plain(metric.help)}{labels}\n"


def _message_ids() -> Iterator[str]:
    """Each kind of record; what it means stands in the string below its member."""
    (kinds,) = (node for node in ast.parse(inspect.getsource(message_ids)).body if isinstance(node, ast.ClassDef))
    for member, meaning in zip(kinds.body, kinds.body[1:], strict=False):
        if isinstance(member, ast.Assign) and isinstance(meaning, ast.Expr):
            assert isinstance(meaning.value, ast.Constant)
            (target,) = member.targets
            assert isinstance(target, ast.Name)
            found = message_ids.MessageId[target.id].value
            yield f"`{found}`\n:   **{target.id}**: {str(meaning.value.value).replace('``', '`')}\n"
