"""Data in a shell command stays data, whatever it is and wherever it stands."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from statemachine_internal.interpolation import InterpolationError, RenderedCommand, render_command

SHELLS = [(shell, locale) for shell in ("dash", "bash") for locale in ("C", "C.UTF-8") if shutil.which(shell)]
PRINTER = "printf '%s\\0' "

# Bytes that are no UTF-8 arrive as lone surrogates; a NUL is refused and tested elsewhere.
texts = st.text(
    st.one_of(
        st.characters(min_codepoint=1, max_codepoint=0xD7FF),
        st.characters(min_codepoint=0xE000),
        st.integers(0xDC80, 0xDCFF).map(chr),
        st.sampled_from("'\"\\$`\n\t {}()[]*?~#!&|;<>=-\x01\x7f\r"),
    ),
    max_size=30,
).filter(lambda text: os.fsdecode(os.fsencode(text)) == text)
quiet = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Shell(NamedTuple):
    """A shell and the locale that it runs in."""

    program: str
    locale: str


@pytest.fixture(params=SHELLS, ids="-".join)
def shell(request: pytest.FixtureRequest) -> Shell:
    """Every shell that is there, with and without characters of several bytes."""
    return Shell(*request.param)


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder, in which a glob or a command would leave its mark."""
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


def run(shell: Shell, command: RenderedCommand, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a command as an action would, and wait for it."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "LC_ALL": shell.locale, **command.environment}
    return subprocess.run(
        [shell.program, "-c", command.text],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=30,
        check=False,
    )


def arguments(shell: Shell, template: str, namespace: dict[str, object], folder: Path) -> list[bytes]:
    """What the command printed as its arguments."""
    done = run(shell, render_command(template, namespace), folder)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout.split(b"\0")[:-1]


@pytest.mark.req("C2")
@quiet
@given(values=st.lists(texts, min_size=1, max_size=20))
def test_every_value_arrives_byte_for_byte_in_every_kind_of_quotes(
    shell: Shell, folder: Path, values: list[str]
) -> None:
    forms = [("{%s}", "", ""), ("'{%s}'", "", ""), ('"{%s}"', "", ""), ("a{%s}'b'", "a", "b"), ("'a '{%s}", "a ", "")]
    forms += [("\"x'{%s}'\"", "x'", "'"), ("'\"{%s}\"'", '"', '"'), ("\\\"{%s}\\'", '"', "'"), ('"\\\\{%s}"', "\\", "")]
    names = [f"v{index}" for index in range(len(values))]
    template = PRINTER + " ".join(form % name for name in names for form, _, _ in forms)
    expected = [f"{before}{value}{after}" for value in values for _, before, after in forms]
    namespace: dict[str, object] = dict(zip(names, values, strict=True))
    assert arguments(shell, template, namespace, folder) == [os.fsencode(text) for text in expected]


EVERYWHERE = r"""
f() { printf '%s\0' {x} "$1"; }  # it's {x} "
f {y}
value={x}; printf '%s\0' "$value"
for item in {x} '{y}'; do printf '%s\0' "$item"; done
case {x} in {x}) printf '%s\0' same;; *) printf '%s\0' "other";; esac
if [ x{x} = "x{x}" ]; then printf '%s\0' equal; fi
printf '%s\0' "$(printf '%s.' "{x}" '{y}')" "`printf '%s.' "{x}" '{y}'`" `printf x` a#{x}
cat <<EOF; cat <<-'END' ; printf '\0%s\0' {y}
"{x}" 'it' $(printf '%s.' {y})
EOF
	{x} $HOME `id` \ "'{y}'
	END
(printf '%s\0' {x} | cat)
printf '%s\0' \
  {y}{x}
"""


@pytest.mark.req("C2")
@quiet
@given(value=texts, other=texts)
def test_a_value_arrives_through_substitutions_here_documents_and_control_structures(
    shell: Shell, folder: Path, value: str, other: str
) -> None:
    got = arguments(shell, EVERYWHERE, {"x": value, "y": other}, folder)
    here = f"\"{value}\" 'it' {other}.\n{value} $HOME `id` \\ \"'{other}'\n"
    middle = f"{value}.{other}."
    expected = [value, other, value, value, other, "same", "equal", middle, middle, "x", "a#" + value]
    expected += [here, other, value, other + value]
    # Bytes, because the halves of a character may meet in two values.
    assert got == [os.fsencode(text) for text in expected]


fragments = st.lists(
    st.sampled_from(
        [
            *(
                "{x}",
                "{x}",
                "{x}",
                "'",
                '"',
                "`",
                "\\",
                "$",
                "$(",
                ")",
                "(",
                "${",
                "}",
                "${v:-",
                "$((",
                "))",
                "((",
                "#",
            ),
            *(";", "&", "&&", "|", "||", ">", "<", "<<", "<<-", "<<<", "<<EOF", "<<'EOF'", "EOF", "eval", "case", "in"),
            *("esac", ";;", "[[", "]]", "-eq", "1", "=", "a=", "a[", "]", "if", "then", "fi", "for", "do", "done", "{"),
            *("$'", "\\'", "!", "~", "*", "sh", "-c", "echo", "printf", ":", "$v", '"$v"', "$1", "trap", "a=(", "a"),
            *(" ", " ", " ", " ", " ", "\n", "\n", "\t", "\\\n", "\nEOF\n", "`echo {x}`", '"$(echo "{x}")"', "v={x}"),
        ]
    ),
    min_size=2,
    max_size=14,
)
# What may make code of data, and the ways on which data may get there: so that their compositions are searched.
readers = st.sampled_from(
    [
        *("eval ", "eval", "command -p eval ", "time -p eval ", "$v eval ", "eval$v ", "function f { eval ", "sh -c "),
        *("sh $v -c ", "sh -$v -c ", "sh ", "sh <<< ", "sh < ", ". ", "trap -- ", "let ", "[[ 1 -eq ", "[ ", "test "),
        *("printf ", "printf -v ", "read ", "declare ", "declare -a a=", "a[", "PS4=", "BASH_ENV=", "RANDOM=", "env "),
        *(
            "command ",
            "exec ",
            "",
            "ev",
            "x=1 ",
            "echo ",
            "cat <<< ",
            "alias e=",
            "for PS4 in ",
            "echo $(",
            "$((",
            "wait ",
        ),
    ]
)
ways = st.sampled_from(
    [
        *("{x}", "'{x}'", '"$(echo {x})"', "$(echo {x})", "`echo {x}`", '"`echo {x}`"', "<(echo {x})", "$(true){x}"),
        *('"a$(echo "$(echo {x})")"', "$v{x}", '"${v:-}{x}"', "a$(echo {x})", "$(echo $(echo {x}))", "-$(echo {x})"),
        *("$(cat <<< {x})", "$(cat <<EOF\n{x}\nEOF\n)", "a=$(echo {x})", "-v {x}", "-- {x}", "'a' {x}", "a=({x})"),
    ]
)
tails = st.sampled_from(
    [
        *("", "", " EXIT", "; set -x; :", " ]]", " ]", "]=1", " true", "; }; f", " | sh", " | sh -e", " < /dev/null"),
        *("; do set -x; :; done", "))", ")", " sh -c :", " <<EOF\n{x}\nEOF\n", " | xargs -I% sh -c %", "al a"),
    ]
)
compositions = st.tuples(readers, ways, tails).map(list)
CALLS = [
    "$(: >HIT)",
    "`: >HIT`",
    "; : >HIT;",
    "\n: >HIT\n",
    "'; : >HIT; '",
    '"; : >HIT; "',
    "a[$(: >HIT)]",
    ") : >HIT #",
    "-va[$(:>HIT)]",
    "-v a[$(:>HIT)]",
    "-c :>HIT",
    "sh -c :>HIT",
    "-Ssh -c ':>HIT'",
    "($(: >HIT))",
    "a[$(:>HIT)]=1",
]


@pytest.mark.req("C2")
@settings(quiet, max_examples=400)
@given(parts=fragments | compositions)
@example(parts=["eval", "`echo {x}`"])
@example(parts=["eval ", '"$(echo {x})"'])
@example(parts=["echo {x}", " | sh"])
@example(parts=["PS4=", "{x}", "; set -x; :"])
def test_a_hostile_value_runs_nothing_in_any_template_that_is_not_refused(
    shell: Shell, folder: Path, parts: list[str]
) -> None:
    template = "set -f; unset v; " + "".join(parts)
    for value in ["".join(CALLS), *CALLS]:
        try:
            command = render_command(template, {"x": value})
        except InterpolationError:
            return
        run(shell, command, folder)
        # Redirections of the template may make other files; only the value knows this name.
        hit = folder / "HIT"
        try:
            assert not hit.exists(), command.text
        finally:
            hit.unlink(missing_ok=True)  # so that it is not taken for a mark of the next example


@pytest.mark.req("C2")
@settings(quiet, max_examples=400)
@given(parts=fragments)
def test_a_hostile_value_makes_as_many_words_as_a_harmless_one(shell: Shell, folder: Path, parts: list[str]) -> None:
    text = "".join(parts)
    if "$v" in text or "$$" in text or "`" in text or "$(" in text or ">" in text or "&" in text:
        return  # what the template itself leaves to splitting, or does at its own pace
    outputs: list[tuple[int, bytes]] = []
    for value in ("MARK", "'\" $(:) `:` \\ * ; # \n\n ) }} é {{"):
        try:
            command = render_command(f"set -f; unset v; printf '<%s>\\0' {{x}} {text}", {"x": value})
        except InterpolationError:
            return
        done = run(shell, command, folder)
        outputs.append((done.returncode, done.stdout.replace(os.fsencode(value), b"VALUE")))
    assert outputs[0] == outputs[1], text
