"""Commands that read their arguments, or their input, as code once more.

A value in such an argument arrives intact and is then parsed by somebody else. This table knows the plain cases; a
program that is not in it, or that is run through a variable or a script, is not seen.
"""

import re

_SHELLS = frozenset(["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "fish", "rbash", "$SHELL"])
_WITH_DASH_C = frozenset(["su", "runuser", "sg", "flock", "script"])
_ALL_ARGUMENTS = frozenset(["eval", "trap", "alias", "watch"])
_SMALL_LANGUAGES = frozenset(["awk", "gawk", "mawk", "sed"])
_SSH_WITH_VALUE = frozenset("BbcDEeFIiJLlmOopQRSWw")
_NAMES = frozenset(
    ["read", "unset", "declare", "typeset", "local", "export", "readonly", "getopts", "mapfile", "readarray"]
)
_PYTHON = re.compile(r"(python|pypy)[0-9.]*$")
_CODE_OPTIONS = {
    "perl": re.compile(r"-[a-zA-Z0-9]*[eE]"),
    "ruby": re.compile(r"-[a-zA-Z0-9]*e"),
    "lua": re.compile(r"-e"),
    "Rscript": re.compile(r"-e"),
    "php": re.compile(r"-r"),
    "node": re.compile(r"-p?e|-p|--eval|--print"),
    "nodejs": re.compile(r"-p?e|-p|--eval|--print"),
}
_PYTHON_CODE = re.compile(r"-[a-zA-Z]*c")
_SHELL_CODE = "a shell would parse the value once more; pass it as an argument instead: sh -c 'echo \"$1\"' sh {x}"
_OTHER_CODE = (
    "{program} would parse the value as code; pass it as an argument instead: "
    "python3 -c 'import sys; print(sys.argv[1])' {x}"
)
_VARIABLE = (
    "{program} would parse the value once more; put it into a variable and let that be parsed: "
    "value={x}; {program} 'echo \"$value\"'"
)
_SSH = (
    "the shell at the other end would parse the value; send it as input instead: "
    "printf '%s\\n' {x} | ssh HOST 'IFS= read -r value; echo \"$value\"'"
)
_NAME = "{program} takes the name of a variable here, and a shell may run what a name holds; write the name out"
_NUMBER = "let may run what it calculates with; put the value into a variable and check that it is a number first"
_INPUT = (
    "the input would be read as code; pass the value as an argument instead: "
    "sh -s -- {x} <<'EOF', and \"$1\" in the script"
)


def is_known(word: str) -> bool:
    """Tell whether a word names a program of this table."""
    program = word.rpartition("/")[2]
    return (
        program in _SHELLS
        or program in _WITH_DASH_C
        or program in _SMALL_LANGUAGES
        or program in _CODE_OPTIONS
        or program == "ssh"
        or _PYTHON.match(program) is not None
    )


def code_argument(words: list[str], known: list[int]) -> str | None:
    """Tell whether the last of a command's words is parsed once more.

    Args:
        words: the words so far, quotes removed; the last holds a placeholder.
        known: the indexes of those words that `is_known` finds.

    Returns:
        The reason to refuse it, or None.
    """
    last = len(words) - 1
    for index in known:
        program = words[index].rpartition("/")[2]
        if index == last:
            continue
        if program in _SHELLS and _command_string(words, index + 1) == last:
            return _SHELL_CODE
        if program in _WITH_DASH_C and (words[-2] in ("-c", "--command") or words[-1].startswith("--command=")):
            return _SHELL_CODE
        if program == "ssh" and last > _ssh_host(words, index + 1):
            return _SSH
        option = _PYTHON_CODE if _PYTHON.match(program) else _CODE_OPTIONS.get(program)
        if option and (option.fullmatch(words[-2]) or _glued(option, words[-1])):
            return _OTHER_CODE.replace("{program}", program)
    return _builtin_argument(words)


def _builtin_argument(words: list[str]) -> str | None:
    start = 0
    while start < len(words) - 1 and words[start] in ("command", "builtin", "exec"):
        start += 1
    name, last = words[start].rpartition("/")[2], words[-1]
    if start == len(words) - 1:
        return None
    if name in _ALL_ARGUMENTS:
        return _VARIABLE.replace("{program}", name)
    before = words[-2]
    if name == "let":
        return _NUMBER
    takes_name = name in _NAMES and (
        "=" not in last.partition("\0")[0]
        or "[" in last.partition("\0")[0].partition("=")[0]
        or any(re.fullmatch(r"-[a-zA-Z]*[in][a-zA-Z]*", word) for word in words[start + 1 : -1])
    )
    if takes_name and name in ("read", "mapfile", "readarray") and re.fullmatch(r"-[a-zA-Z]*[pdtnNuiOsCc]", before):
        takes_name = before[-1] in "Cc"
    if takes_name or (name in ("[", "test", "printf") and before in ("-v", "-R")):
        return _NAME.replace("{program}", name)
    return None


def reads_code(words: list[str]) -> str | None:
    """Tell whether a command reads its standard input as code.

    Args:
        words: all words of the command.

    Returns:
        The reason to refuse a placeholder in a here-document or here-string for it, or None.
    """
    for index, word in enumerate(words):
        program = word.rpartition("/")[2]
        rest = words[index + 1 :]
        if program == "ssh":
            host = _ssh_host(words, index + 1)
            if host >= len(words) - 1 or reads_code(" ".join(words[host + 1 :]).split()):
                return _INPUT
        if program not in _SHELLS and not _PYTHON.match(program) and program not in _CODE_OPTIONS:
            continue
        script = any(not item.startswith("-") or re.fullmatch("-[a-z]*[cer]", item) for item in rest)
        if not script or (program in _SHELLS and any(re.fullmatch("-[a-z]*s", item) for item in rest)):
            return _INPUT
    return None


def small_language(words: list[str], known: list[int]) -> str | None:
    """Warn of programs whose own small language the last word is written in.

    Args:
        words: as for `code_argument`.
        known: as for `code_argument`.

    Returns:
        A warning, or None.
    """
    for index in known:
        program = words[index].rpartition("/")[2]
        between = words[index + 1 : -1]
        if index == len(words) - 1 or program not in _SMALL_LANGUAGES:
            continue
        if not all(item.startswith("-") for item in between):
            continue
        if not between or not re.fullmatch(r"-f|--file|-[Fv]", between[-1]):
            hint = "values that cannot hold its separators" if program == "sed" else "-v or ENVIRON"
            return f"{program} reads a value in its program as code, not as text; use {hint}"
    return None


def _command_string(words: list[str], index: int) -> int:
    """Where the command string of a shell stands, whose options begin at the index; -1 if it has none."""
    wanted = False
    while index < len(words):
        word = words[index]
        if word in ("-", "--"):
            return index + 1 if wanted else -1
        if word[:1] not in ("-", "+") or len(word) < 2:
            return index if wanted else -1
        if word.startswith("--"):
            index += 2 if word in ("--rcfile", "--init-file") else 1
            continue
        wanted = wanted or (word[0] == "-" and "c" in word)
        index += 2 if "o" in word or "O" in word else 1
    return -1


def _ssh_host(words: list[str], index: int) -> int:
    """Where ssh's destination stands."""
    while index < len(words) and words[index].startswith("-"):
        takes_value = len(words[index]) == 2 and words[index][1] in _SSH_WITH_VALUE
        index += 2 if takes_value else 1
    return index


def _glued(option: re.Pattern[str], word: str) -> bool:
    match = option.match(word)
    return match is not None and match.end() < len(word)
