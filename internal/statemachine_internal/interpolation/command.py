"""A shell command with data in it, such that the data never becomes part of the command."""

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from .errors import InterpolationError
from .lookup import MISSING, resolve
from .shell import Place, scan
from .template import Placeholder, parse
from .text import to_text

PREFIX = "STATEMACHINE_ARG_"
MAX_ARG_STRLEN = 131072
"""Bytes that Linux takes for one string of an environment, name and final NUL included (execve(2))."""


class RenderedCommand(NamedTuple):
    """A command to run as ``sh -c TEXT`` with ENVIRONMENT added to the child's environment."""

    text: str
    """The command; values occur in it only as ``${STATEMACHINE_ARG_1}`` and so on."""
    environment: dict[str, str]
    """The values. To be encoded as `os.fsencode` does, which is what `subprocess` and `asyncio` do."""
    warnings: tuple[str, ...] = ()
    """What may go wrong and can't be told for sure, one sentence each."""


class _Slot(NamedTuple):
    placeholder: Placeholder
    place: Place
    variable: str


class CommandProblem(NamedTuple):
    """What is wrong with a placeholder of a command, whatever its value."""

    placeholder: str
    """As it was written, braces included; the empty string if it is the command itself."""
    message: str
    fatal: bool
    """Whether `render_command` refuses it if the name is known, rather than warn."""


def render_command(template: str, namespace: Mapping[str, object]) -> RenderedCommand:
    """Fill the placeholders of a shell command.

    Every value arrives in the arguments of the command byte for byte, wherever its placeholder stands: unquoted, in
    single or double quotes, in a here-document, alone or glued to other text. It is one word there, or part of one; it
    is never split, globbed or expanded. In a comment, and where nothing is known by that name, a placeholder stays as
    it is written.

    Args:
        template: a command for sh, dash or bash, with placeholders; their syntax is the package's.
        namespace: what the names mean; nested maps and lists.

    Returns:
        The text to run, the environment that it needs, and warnings.

    Raises:
        InterpolationError: a known placeholder stands where data could become part of a command or of a calculation
            (``sh -c "… {x}"``, ``$((…))``), or where the quoting can't be followed; its value holds a NUL character, or
            something that has no bytes, or is too long for the kernel.
    """
    if "{" not in template:
        return RenderedCommand(template, {})
    text: list[str] = []
    environment: dict[str, str] = {}
    warnings: list[str] = []
    for piece in _prepare(template):
        if isinstance(piece, str):
            text.append(piece)
            continue
        placeholder, place, variable = piece
        value = MISSING if place.inert else resolve(placeholder, namespace)
        if value is MISSING:
            text.append(place.unknown(placeholder.source))
            continue
        if place.refusal is not None:
            raise InterpolationError(_refusal(placeholder, place.refusal), placeholder=placeholder.source)
        if place.warning is not None and place.warning not in warnings:
            warnings.append(place.warning)
        if variable not in environment:
            environment[variable] = _checked(to_text(value, placeholder), placeholder, variable)
        text.append(f"{place.before}${{{variable}}}{place.after}")
    return RenderedCommand("".join(text), environment, tuple(warnings))


def command_problems(template: str) -> tuple[CommandProblem, ...]:
    """Say before a run what `render_command` would refuse or warn of.

    A placeholder whose name turns out to mean nothing is left as it stands, wherever that is; whoever knows the names
    passes over the problems of those.

    Args:
        template: a command with placeholders.

    Returns:
        A problem for each placeholder that has one, in their order.
    """
    try:
        pieces = _prepare(template)
    except InterpolationError as error:
        return (CommandProblem("", str(error), True),)
    problems: list[CommandProblem] = []
    for piece in pieces:
        if isinstance(piece, str):
            continue
        source, place = piece.placeholder.source, piece.place
        if place.refusal is not None:
            problems.append(CommandProblem(source, _refusal(piece.placeholder, place.refusal), True))
        elif place.warning is not None:
            problems.append(CommandProblem(source, place.warning, False))
    return tuple(problems)


@lru_cache(maxsize=1024)
def _prepare(template: str) -> tuple[str | _Slot, ...]:
    if "\0" in template:
        raise InterpolationError("the command holds a NUL character, which no command can; remove it")
    parsed = parse(template).pieces
    found = [piece for piece in parsed if isinstance(piece, Placeholder)]
    if not found:
        return tuple(piece for piece in parsed if isinstance(piece, str))
    # The scanner sees one NUL where a placeholder stands, so that nothing in a placeholder can pass for shell syntax.
    scanned = scan("".join("\0" if isinstance(piece, Placeholder) else piece for piece in parsed))
    numbers: dict[Placeholder, str] = {}
    slots = iter(
        _Slot(placeholder, place, numbers.setdefault(placeholder, f"{PREFIX}{len(numbers) + 1}"))
        for placeholder, place in zip(found, scanned.places, strict=True)
    )
    pieces: list[str | _Slot] = []
    for index, literal in enumerate(scanned.text.split("\0")):
        if index:
            pieces.append(next(slots))
        if literal:
            pieces.append(literal)
    return tuple(pieces)


def _refusal(placeholder: Placeholder, reason: str) -> str:
    return f"{placeholder.source} cannot be filled in this command: {reason}".replace("{x}", placeholder.source)


def _checked(text: str, placeholder: Placeholder, variable: str) -> str:
    source = placeholder.source
    if "\0" in text:
        raise InterpolationError(
            f"the value of {source} holds a NUL character, which no argument of a command can; remove it first",
            placeholder=source,
        )
    try:
        size = len(variable) + len(os.fsencode(text)) + 2
    except UnicodeEncodeError as error:
        raise InterpolationError(
            f"the value of {source} holds {text[error.start]!a}, which {error.encoding} cannot write; remove it first",
            placeholder=source,
        ) from error
    if size > MAX_ARG_STRLEN:
        raise InterpolationError(
            f"the value of {source} takes {size} bytes in the environment, and Linux allows {MAX_ARG_STRLEN}; "
            "write it to a file and pass the file's name",
            placeholder=source,
        )
    return text
