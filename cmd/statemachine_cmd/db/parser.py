"""A small parser of arguments: options and operands are data, from which it parses and writes its help.

argparse takes 6 ms to import and set up, of the 25 that a command has in all, so a program that a shell calls in a loop
uses this one. It knows ``--name VALUE``, ``--name=VALUE``, ``--name``, ``--name[=VALUE]``, operands, and ``--``.
"""

from __future__ import annotations

from statemachine_internal.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

ALWAYS, NEVER, MAYBE = "always", "never", "maybe"  # does an option take a value?


class Given:
    """The arguments as they were given, by their names: ``--job-id`` is ``job_id``."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


class Option:
    """An argument that begins with two dashes, or, without them, an operand.

    Attributes:
        name: with its dashes.
        value: ``ALWAYS``, ``NEVER`` or ``MAYBE``.
        metavar: what stands for the value in the help.
        convert: from its text; raises ValueError with what it should be.
        choices: the values that there are, or none for any.
        default: when it is not given.
        bare: when it is given without a value.
    """

    __slots__ = ("bare", "choices", "convert", "default", "help", "key", "metavar", "name", "required", "value")

    def __init__(
        self,
        name: str,
        help: str,
        *,
        metavar: str = "",
        value: str = ALWAYS,
        convert: Callable[[str], Any] | None = None,
        choices: Sequence[str] = (),
        default: Any = None,
        bare: Any = None,
        required: bool = False,
    ) -> None:
        self.name, self.help, self.value, self.convert, self.choices = name, help, value, convert, choices
        self.default, self.bare, self.required = default, bare, required
        self.key = name.lstrip("-").replace("-", "_")
        self.metavar = metavar or "|".join(choices)

    @property
    def spelling(self) -> str:
        """As it stands in the help: ``--limit N``."""
        if not self.name.startswith("--"):
            return self.metavar
        return {ALWAYS: f"{self.name} {self.metavar}", NEVER: self.name, MAYBE: f"{self.name}[={self.metavar}]"}[
            self.value
        ]

    def read(self, text: str) -> Any:
        """The value that a text stands for."""
        if self.choices and text not in self.choices:
            raise UsageError(f"{self.name} is '{text[:40]}'; use one of: {', '.join(self.choices)}")
        if self.convert is None:
            return text
        try:
            return self.convert(text)
        except ValueError as wrong:
            raise UsageError(f"{self.name} is '{text[:40]}'; use {wrong}") from None


class Parser:
    """The parser of one command. Every wrong argument is a UsageError, one line."""

    def __init__(self, program: str, summary: str, example: str) -> None:
        self.program, self.summary, self.example = program, summary, example
        self.options: list[Option] = []
        self.operands: list[Option] = []

    def add(self, option: Option) -> None:
        (self.options if option.name.startswith("--") else self.operands).append(option)

    def parse(self, arguments: Sequence[str]) -> Given | None:
        """Read arguments; None if they ask for help."""
        try:
            return self._parse(list(arguments))
        except UsageError as error:
            raise UsageError(f"{error}; see: {self.program} --help") from None

    def help(self, width: int) -> str:
        """What the command takes, for a terminal of so many columns."""
        import textwrap

        words = [self._in_usage(option) for option in [*self.options, *self.operands]]
        usage = textwrap.wrap(
            f"usage: {self.program} {' '.join(words)}", width, subsequent_indent=" " * 7, break_on_hyphens=False
        )
        listed = [*self.operands, *self.options, Option("--help", "show this", value=NEVER)]
        left = min(30, max(len(option.spelling) for option in listed))
        lines = [line.replace("\N{NO-BREAK SPACE}", " ") for line in usage]
        lines += ["", *textwrap.wrap(self.summary, width), "", "arguments:"]
        for option in listed:
            head = f"  {option.spelling:<{left}}  "
            lines += textwrap.wrap(
                head + option.help, width, subsequent_indent=" " * (left + 4), break_on_hyphens=False
            )
        return "\n".join([*lines, "", "example:", f"  {self.example}"])

    def _parse(self, waiting: list[str]) -> Given | None:
        known = {option.name: option for option in self.options}
        found: dict[str, Any] = {}
        operands: list[str] = []
        while waiting:
            word = waiting.pop(0)
            if word == "--":
                operands += waiting
                break
            if word in ("-h", "--help"):
                return None
            name, equals, text = word.partition("=")
            if name in known:
                option = known[name]
                if equals and option.value == NEVER:
                    raise UsageError(f"{name} takes no value")
                if not equals and option.value == ALWAYS:
                    if not waiting or waiting[0].partition("=")[0] in known:
                        raise UsageError(f"{name} needs a value: {option.spelling}")
                    equals, text = "=", waiting.pop(0)
                found[option.key] = option.read(text) if equals else True if option.value == NEVER else option.bare
            elif word.startswith("-") and word != "-":
                raise UsageError(f"there is no option '{name[:40]}'{_nearest(name, known)}")
            else:
                operands.append(word)
        return self._complete(found, operands)

    def _complete(self, found: dict[str, Any], operands: list[str]) -> Given:
        if len(operands) > len(self.operands):
            raise UsageError(f"unexpected argument '{operands[len(self.operands)][:40]}'")
        for option, text in zip(self.operands, operands, strict=False):
            found[option.key] = option.read(text)
        for option in [*self.operands, *self.options]:
            if option.key not in found:
                if option.required:
                    raise UsageError(f"missing: {option.spelling}")
                found[option.key] = False if option.value == NEVER else option.default
        return Given(**found)

    @staticmethod
    def _in_usage(option: Option) -> str:
        text = option.spelling.replace(" ", "\N{NO-BREAK SPACE}")  # an option and its value stay on one line
        return text if option.required else f"[{text}]"


def _nearest(name: str, known: dict[str, Option]) -> str:
    import difflib

    near = difflib.get_close_matches(name[:64], known, n=1)
    return f", did you mean '{near[0]}'?" if near else ""
