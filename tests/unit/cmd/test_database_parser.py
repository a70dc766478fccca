"""The parser of statemachine-db's arguments, and every command's own."""

from __future__ import annotations

import pytest

from statemachine_cmd.db import COMMANDS, command
from statemachine_cmd.db.arguments import at_least_one, positive
from statemachine_cmd.db.parser import MAYBE, NEVER, Option, Parser
from statemachine_internal.errors import UsageError


@pytest.fixture
def parser() -> Parser:
    parser = Parser("tool cmd", "Does it.", "tool cmd x")
    for option in (
        Option("--name", "a name", metavar="N"),
        Option("--count", "a number", metavar="N", convert=at_least_one, default=5),
        Option("--kind", "a kind", choices=("a", "b"), default="a"),
        Option("--all-of-it", "a flag", value=NEVER),
        Option("--wait", "some time", metavar="S", value=MAYBE, convert=positive, bare=30.0),
        Option("file", "a file", metavar="FILE"),
    ):
        parser.add(option)
    return parser


def parsed(parser: Parser, *words: str) -> dict[str, object]:
    given = parser.parse(words)
    assert given is not None
    return vars(given)


DEFAULTS = {"name": None, "count": 5, "kind": "a", "all_of_it": False, "wait": None, "file": None}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], {}),
        (["--name", "x"], {"name": "x"}),
        (["--name=x=y"], {"name": "x=y"}),
        (["--name="], {"name": ""}),
        (["--name", "-"], {"name": "-"}),
        (["--name", "--strange"], {"name": "--strange"}),
        (["--name", "a", "--name", "b"], {"name": "b"}),
        (["--count", "3", "f"], {"count": 3, "file": "f"}),
        (["f", "--kind=b"], {"kind": "b", "file": "f"}),
        (["--all-of-it"], {"all_of_it": True}),
        (["--wait"], {"wait": 30.0}),
        (["--wait=2.5"], {"wait": 2.5}),
        (["--wait", "f"], {"wait": 30.0, "file": "f"}),
        (["--", "--name"], {"file": "--name"}),
        (["-"], {"file": "-"}),
    ],
)
def test_arguments_are_read(parser: Parser, words: list[str], expected: dict[str, object]) -> None:
    assert parsed(parser, *words) == DEFAULTS | expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--nam", "x"], "there is no option '--nam', did you mean '--name'?"),
        (["-x"], "there is no option '-x'"),
        (["--name"], "--name needs a value: --name N"),
        (["--name", "--count", "1"], "--name needs a value: --name N"),
        (["--kind", "c"], "--kind is 'c'; use one of: a, b"),
        (["--count", "0"], "--count is '0'; use a whole number of 1 or more"),
        (["--count", "99999999999999999999"], "use a whole number of 1 or more"),
        (["--count", "\N{ARABIC-INDIC DIGIT ONE}"], "use a whole number of 1 or more"),
        (["--wait=nan"], "use a number above 0"),
        (["--wait=-1"], "use a number above 0"),
        (["--all-of-it=1"], "--all-of-it takes no value"),
        (["a", "b"], "unexpected argument 'b'"),
    ],
)
def test_a_wrong_argument_is_one_line_that_says_what_is_right(parser: Parser, words: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parser.parse(words)
    assert message in str(caught.value)
    assert str(caught.value).endswith("; see: tool cmd --help")


def test_what_must_be_given_is_asked_for() -> None:
    parser = Parser("tool", "Does it.", "tool x")
    parser.add(Option("--target", "a target", metavar="M", required=True))
    with pytest.raises(UsageError, match="missing: --target M"):
        parser.parse([])


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_is_asked_for_wherever_it_stands(parser: Parser, word: str) -> None:
    assert parser.parse(["--name", "x", word]) is None


@pytest.mark.parametrize("width", [40, 100])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_explains_all_that_it_takes_and_has_an_example(name: str, width: int) -> None:
    parser = command.parser_of(name)
    text = parser.help(width)
    words = " ".join(text.split())
    for option in [*parser.options, *parser.operands]:
        assert " ".join(option.spelling.split()) in words
        assert option.help in words
    assert f"example: {command.load(name).EXAMPLE}" in words
    assert all(len(line) <= width for line in text.split("\n")[:-1])


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_of_a_command_can_be_parsed(name: str) -> None:
    import shlex

    program, first, *rest = shlex.split(command.load(name).EXAMPLE)
    assert (program, first) == ("statemachine-db", name)
    assert command.parser_of(name).parse(rest) is not None
