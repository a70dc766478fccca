"""Builtins and variables through which a shell itself runs what it is given."""

import re

from .word import SLOT, Word, previous, program

_ALL_ARGUMENTS = frozenset(["eval", "trap", "alias", "watch", "compgen", "complete", "bind", "fc"])
_PREFIXES = frozenset(["command", "builtin", "exec"])
_DECLARE = frozenset(["declare", "typeset", "local"])
_READ = frozenset(["read", "mapfile", "readarray"])
_NAMES = _DECLARE | _READ | frozenset(["unset", "export", "readonly", "getopts"])
_EXPANDED = frozenset(
    ["BASH_ALIASES", "BASH_CMDS", "BASH_ENV", "DIRSTACK", "ENV", "PROMPT_COMMAND", "PS0", "PS1", "PS2", "PS4"]
)
_COMMANDS = frozenset(["GIT_SSH_COMMAND", "GIT_PAGER", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "LESSOPEN", "LESSCLOSE"])
_NUMBERS = frozenset(
    [
        *("BASHPID", "BASH_SUBSHELL", "COLUMNS", "EPOCHSECONDS", "HISTCMD", "LINENO", "LINES", "OPTIND", "RANDOM"),
        *("SECONDS", "SRANDOM"),
    ]
)
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[.*\])?\+?=|(BASH_FUNC_)", re.DOTALL)
_INDEXED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\[")
_INDEX_END = re.compile(r".*\]\+?=", re.DOTALL)

_PARSED = (
    "{program} would parse the value once more; put it into a variable and let that be parsed: "
    "value={x}; {program} 'echo \"$value\"'"
)
_NAME = "{program} takes the name of a variable here, and a shell may run what a name holds; write the name out"
_LIST = "{program} may read a value as an array and run what is in it; write {program} value first, then value={x}"
_NUMBER = "let may run what it calculates with; put the value into a variable and check that it is a number first"
_FORMAT = "printf may take it for the name of a variable, which a shell may run; write printf '%s' {x} instead"
_OPERATOR = "{program} may take it for an operator, and run what follows it; write {program} -n {x} or use = instead"
_SPLIT_TEST = '{program} may run what the output splits into; put the substitution into double quotes: "$(…)"'
_WAIT = "wait may take it for an option, and run a value behind it; write wait -- {x} instead"
_VARIABLE = (
    "a shell runs what the variable {program} holds; let it expand another one instead: "
    "export value={x}; {program}='\"$value\"'"
)
_COUNTED = "a shell may run what the variable {program} is given; check that it is a number first"
INTEGER = "declare -i and -n make a shell run what a variable is given; leave them out in a command with values"


def arguments(words: list[Word]) -> list[Word]:
    """The words from the builtin's name on, without what may stand before it."""
    start, prefix = 0, False
    while start < len(words) - 1:
        word = words[start]
        if program(word) in _PREFIXES:
            prefix = True
        elif not word.fluid and not (prefix and word.startswith("-")):
            break
        start += 1
    return words[start:]


def builtin_argument(words: list[Word]) -> str | None:
    """Tell whether the last of a command's words is more than data to a builtin; return the reason to refuse it."""
    words = arguments(words)
    if len(words) < 2:
        return None
    reason = _reason(program(words[0]), words)
    return reason.replace("{program}", program(words[0])) if reason else None


def array_argument(words: list[Word]) -> str | None:
    """Tell whether a command parses an array once more that follows these words: ``eval a=({x})``."""
    reason = builtin_argument([*words, Word(f"a={SLOT}")])
    return None if reason and program(arguments(words)[0]) in _NAMES else reason


def _reason(name: str, words: list[Word]) -> str | None:
    last, before = words[-1], previous(words)
    if name in _ALL_ARGUMENTS:
        return _PARSED
    if name == "let":
        return _NUMBER
    if name in ("[", "test") and last.splits:
        return _SPLIT_TEST
    if name in ("[", "test") and (before.startswith(SLOT) or (len(words) == 3 and words[1] and not words[1].plain)):
        return _OPERATOR
    if name in ("[", "test", "printf", "wait") and before in ("-v", "-R", "-p"):
        return _NAME
    if name in ("printf", "wait") and (last[:1] in (SLOT, "-") or last.plain != last.strip(SLOT)):
        if name == "wait" and "--" not in words:
            return _WAIT
        if name == "printf" and _only_options(words[1:-1]):
            return _FORMAT
    return _declaration(name, words) if name in _NAMES else None


def _only_options(words: list[Word]) -> bool:
    """Tell whether printf may look for an option behind these words."""
    words = [word for word in words if not word.fluid]
    while words and words[0].startswith("-") and words[0] != "--":
        words = words[2 if words[0] == "-v" else 1 :]
    return not words


def _declaration(name: str, words: list[Word]) -> str | None:
    last, before = words[-1], previous(words)
    target, equals, _ = last.partition(SLOT)[0].partition("=")
    takes_name = not equals or "[" in target or "$" in target
    if name in _READ and re.fullmatch(r"-[a-zA-Z]*[pdtnNuiOsCc]", before):
        return _NAME if before[-1] in "Cc" else None
    if takes_name or (name in _DECLARE and _has_option(words, "in")):
        return _NAME
    return _LIST if _has_option(words, "aA") else None


def _has_option(words: list[Word], letters: str) -> bool:
    return any(re.match(f"-[a-zA-Z]*[{letters}]", word) for word in words[1:])


def variable(word: Word) -> str | None:
    """Tell whether a word gives data to a variable that a shell expands, runs or calculates with; return the reason."""
    match = _ASSIGNMENT.match(word)
    if match is None or SLOT not in word[match.end() :]:
        return None
    return special(match.group(1) or match.group(2))


def special(name: str) -> str | None:
    """The reason to refuse data in a variable of this name, or None."""
    if name in _EXPANDED or name in _COMMANDS or name == "BASH_FUNC_":
        return _VARIABLE.replace("{program}", name)
    return _COUNTED.replace("{program}", name) if name in _NUMBERS else None


def everywhere(words: list[Word]) -> str | None:
    """Tell whether a command makes a variable dangerous for all data of the whole text; return the reason."""
    words = arguments(words)
    name = program(words[0]) if words else ""
    if name in _DECLARE and _has_option(words, "in"):
        return INTEGER
    if name in _READ or name in ("for", "select", "printf", "getopts"):
        return next((reason for word in words[1:] if (reason := special(word))), None)
    return None


def makes_array(words: list[Word]) -> bool:
    """Tell whether a command may make an array."""
    words = arguments(words)
    name = program(words[0]) if words else ""
    return name in ("mapfile", "readarray") or (name in _NAMES and _has_option(words, "aA"))


def declares(words: list[Word]) -> str | None:
    """The reason to refuse data in the last word if there are arrays: a builtin that assigns to variables."""
    words = arguments(words)
    name = program(words[0]) if len(words) > 1 else ""
    return _LIST.replace("{program}", name) if name in _DECLARE or name == "readonly" else None


def is_indexed(word: Word) -> bool:
    """Tell whether the first word of a command begins as an assignment to a part of an array."""
    return _INDEXED.match(word) is not None


def indexed_by_data(word: Word) -> bool:
    """Tell whether data may stand in the index of such an assignment."""
    end = _INDEX_END.match(word)
    return end is not None and SLOT in end.group()
