"""Commands that read their arguments, or their input, as code once more.

Data in such an argument arrives intact and is then parsed by somebody else. This table knows the plain cases; a
program that is not in it, or that is run through a variable or a script, is not seen.
"""

import re

from .builtins import builtin_argument
from .word import EXPANSION, SLOT, Word, previous, program

_SHELLS = frozenset(["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "fish", "rbash", "$SHELL", "$BASH"])
_WITH_DASH_C = frozenset(["su", "runuser", "sg", "flock", "script"])
_SMALL_LANGUAGES = frozenset(["awk", "gawk", "mawk", "sed"])
_SSH_WITH_VALUE = frozenset("BbcDEeFIiJLlmOopQRSWw")
_WRAPPERS = frozenset(
    [
        *("builtin", "command", "exec", "time"),
        *("busybox", "chroot", "chrt", "doas", "docker", "env", "find", "flock", "ionice", "kubectl", "machinectl"),
        *("nice", "nohup", "nsenter", "parallel", "podman", "runuser", "setpriv", "setsid", "stdbuf", "strace"),
        *("su", "sudo", "systemd-run", "taskset", "timeout", "unshare", "watch", "xargs"),
    ]
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
_SSH_COMMAND = re.compile(r"(proxy|local|remote|knownhosts)command", re.IGNORECASE)
_DESCRIPTOR = re.compile(r"/dev/(stdin|fd/.*)|/proc/[^/]*/fd/.*")
_SHELL_OPTION = re.compile(r"-[a-zA-Z]*c")
_FILES = frozenset(["--rcfile", "--init-file"])
_OPTIONS_WITH_VALUE = frozenset(["-W", "-X", "-I", "-r"])
_INFORMATION = frozenset(["--version", "--help", "-V", "-h"])

_SHELL_CODE = (
    "a shell would parse the value once more; pass it as an argument instead: sh -c 'echo \"$1\"' sh {x}, "
    "or a script as a file: sh {x}"
)
_OTHER_CODE = (
    "{program} would parse the value as code; pass it as an argument instead: "
    "python3 -c 'import sys; print(sys.argv[1])' {x}"
)
_SSH = (
    "the shell at the other end would parse the value; send it as input instead: "
    "printf '%s\\n' {x} | ssh HOST 'IFS= read -r value; echo \"$value\"'"
)
_INPUT = (
    "the input would be read as code; pass the value as an argument instead: "
    "sh -s -- {x} <<'EOF', and \"$1\" in the script"
)
_FILE = "a shell would read what the value makes as code; set a variable instead: value={x}"
_SPLIT = (
    "the output would be split into a program and its arguments; "
    'put the substitution into double quotes instead: "$(…)"'
)
_ENV = "env may split it into a program and its arguments; write env -- {x} instead, and never -S"
_PARALLEL = "parallel passes its words to a shell; write the value behind ::: instead"


def is_known(word: Word) -> bool:
    """Tell whether a word names a program of this table."""
    name = program(word)
    return (
        name in _SHELLS
        or name in _WITH_DASH_C
        or name in _SMALL_LANGUAGES
        or name in _CODE_OPTIONS
        or name in ("ssh", "env", "parallel")
        or _PYTHON.match(name) is not None
    )


def code_argument(words: list[Word], known: list[int]) -> str | None:
    """Tell whether the last of a command's words is parsed once more.

    Args:
        words: the words so far; the last holds data.
        known: the indexes of those words that `is_known` finds.

    Returns:
        The reason to refuse it, or None.
    """
    last, before, end = words[-1], previous(words), len(words) - 1
    caller = next((word for word in words[:-1] if not word.fluid), None)
    for index in known:
        name = program(words[index])
        if index == end:
            continue
        if name in _SHELLS and _is_command_string(words, index + 1):
            return _SHELL_CODE
        if name in _SHELLS and last.fed:
            return _FILE
        if name in _WITH_DASH_C and (
            re.fullmatch(r"-[a-zA-Z]*c|--command|--session-command", before)
            or re.match(r"-[a-zA-Z]*c|--command=|--session-command=", last)
        ):
            return _SHELL_CODE
        if name == "sg" and end > index + 1:
            return _SHELL_CODE
        if name == "ssh" and (end > _ssh_host(words, index + 1) or _SSH_COMMAND.search(last)):
            return _SSH
        if name == "env" and _env_splits(words, index):
            return _ENV
        if name == "parallel" and not any(re.match(r":::|::::", word) for word in words[index:end]):
            return _PARALLEL
        option = _PYTHON_CODE if _PYTHON.match(name) else _CODE_OPTIONS.get(name)
        if option and (last.fed or option.fullmatch(before) or _glued(option, last)):
            return _OTHER_CODE.replace("{program}", name)
        if last.splits and name not in _SMALL_LANGUAGES:
            return _SPLIT
    if last.splits and (caller is None or program(caller) in _WRAPPERS):
        return _SPLIT
    if last.fed and caller in (".", "source"):
        return _FILE
    return builtin_argument(words)


def reads_code(words: list[Word]) -> str | None:
    """Tell whether a command reads its standard input as code.

    Args:
        words: all words of the command.

    Returns:
        The reason to refuse data in its input, or None.
    """
    for index, word in enumerate(words):
        name = program(word)
        rest = words[index + 1 :]
        if name == "ssh":
            host = _ssh_host(words, index + 1)
            remote = [Word(part) for part in " ".join(words[host + 1 :]).split()]
            if not _INFORMATION.isdisjoint(rest):
                continue
            if host >= len(words) - 1 or reads_code(remote):
                return _INPUT
        if name in (".", "source") and any(_DESCRIPTOR.fullmatch(item) for item in rest[:1]):
            return _INPUT
        if name in ("su", "at", "batch") and index == 0 and not any(re.match("-[a-z]*[cf]|--c", item) for item in rest):
            return _INPUT
        if name == "xargs" and _inserts_into_code(rest):
            return _INPUT
        if name not in _SHELLS and not _PYTHON.match(name) and name not in _CODE_OPTIONS:
            continue
        if not _INFORMATION.isdisjoint(rest):
            continue
        if not _has_script(name, rest) or (name in _SHELLS and any(re.fullmatch("-[a-zA-Z]*s", x) for x in rest)):
            return _INPUT
    return None


def inherits_code(words: list[Word]) -> str | None:
    """Tell whether a command whose input comes from around it reads that as code.

    Unlike `reads_code` it believes no word that is only an argument, as in ``command -v python3``.
    """
    for index, word in enumerate(words):
        name = program(word)
        before = words[index - 1] if index else Word("")
        if name == "command" and any(item in ("-v", "-V") for item in words[index + 1 : index + 2]):
            return None
        if name in ("ssh", ".", "source", "su", "at", "batch", "xargs") or (is_known(word) and name != "env"):
            return reads_code(words[index:])
        passing = word.fluid or name in _WRAPPERS or word.startswith("-") or "=" in word or word[:1].isdigit()
        if not passing and not before.startswith("-") and program(words[0]) not in ("docker", "podman", "kubectl"):
            return reads_code(words[index:]) if program(before) == "chroot" else None
    return None


def small_language(words: list[Word], known: list[int]) -> str | None:
    """Warn of programs whose own small language the last word is written in.

    Args:
        words: as for `code_argument`.
        known: as for `code_argument`.

    Returns:
        A warning, or None.
    """
    for index in known:
        name = program(words[index])
        between = words[index + 1 : -1]
        if index == len(words) - 1 or name not in _SMALL_LANGUAGES:
            continue
        if not all(item.startswith("-") for item in between):
            continue
        if not between or not re.fullmatch(r"-f|--file|-[Fv]", between[-1]):
            hint = "values that cannot hold its separators" if name == "sed" else "-v or ENVIRON"
            return f"{name} reads a value in its program as code, not as text; use {hint}"
    return None


def _is_command_string(words: list[Word], index: int) -> bool:
    """Tell whether the last word may be the command string of a shell whose options begin at the index."""
    wanted = options_end = False
    while index < len(words):
        word = words[index]
        index += 1
        if word.fluid:
            continue
        if options_end or word[:1] not in ("-", "+"):
            return wanted and index == len(words)
        if word in ("-", "--"):
            options_end = True
        elif word.startswith("--"):
            index += word in _FILES
        else:
            wanted = wanted or (word[0] == "-" and "c" in word.plain)
            index += "o" in word.plain or "O" in word.plain
    return False


def _has_script(name: str, words: list[Word]) -> bool:
    """Tell whether a program of these arguments has its code from elsewhere than its input."""
    shell, index = name in _SHELLS, 0
    code = _SHELL_OPTION if shell else _CODE_OPTIONS.get(name, _PYTHON_CODE)
    while index < len(words):
        word = words[index]
        index += 1
        if _DESCRIPTOR.fullmatch(word) or (word == "-" and not shell):
            return False
        if word.startswith(("-", "+")):
            if code.match(word) and not word.startswith("--rc"):
                return True
            letters = "" if word.startswith("--") else word[1:]
            index += (bool(set("oO") & set(letters)) or word in _FILES) if shell else word in _OPTIONS_WITH_VALUE
        elif not word.fluid:
            return True
    return False


def _env_splits(words: list[Word], index: int) -> bool:
    """Tell whether the last word is one that env(1) may split, or take for an option that splits."""
    last, between = words[-1], words[index + 1 : -1]
    if previous(words) == "-S" or re.match(r"-[a-z0]*S|--s", last) or any(re.match(r"-\w*S|--s", w) for w in between):
        return True
    return last[:1] in (SLOT, EXPANSION, "-") and all(
        word.fluid or (word[:1] == "-" and word != "--") for word in between
    )


def _inserts_into_code(words: list[Word]) -> bool:
    """Tell whether xargs(1) puts its input where a shell parses it."""
    shells = [index for index, word in enumerate(words) if program(word) in _SHELLS]
    if not shells:
        return False
    replaces = any(re.match("-[Ii]|--replace", word) for word in words[: shells[0]])
    return replaces or re.fullmatch("-[a-z]*c", words[-1]) is not None


def _ssh_host(words: list[Word], index: int) -> int:
    """Where ssh's destination stands."""
    while index < len(words) and words[index].startswith("-"):
        takes_value = len(words[index]) == 2 and words[index][1] in _SSH_WITH_VALUE
        index += 2 if takes_value else 1
    return index


def _glued(option: re.Pattern[str], word: Word) -> bool:
    match = option.match(word)
    return match is not None and match.end() < len(word)
