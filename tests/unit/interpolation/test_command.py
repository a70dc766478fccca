"""Placeholders in shell commands: where they may stand, and what the command looks like."""

import subprocess
import sys

import pytest

from statemachine_internal.interpolation import InterpolationError, command_problems, render_command

ONE = "${STATEMACHINE_ARG_1}"


@pytest.mark.req("C2")
@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("echo {x}", f'echo "{ONE}"'),
        ("{x}", f'"{ONE}"'),
        ('echo "{x}"', f'echo "{ONE}"'),
        ("echo 'a{x}b'", f"echo 'a'\"{ONE}\"'b'"),
        ("\"a'{x}'b\"", f"\"a'{ONE}'b\""),
        ("'a\"{x}\"b'", f"'a\"'\"{ONE}\"'\"b'"),
        (r"\"{x}\"", rf'\""{ONE}"\"'),
        (r'"\\{x}"', rf'"\\{ONE}"'),
        ('"$(echo "{x}")"', f'"$(echo "{ONE}")"'),
        ("echo `echo {x}`", f'echo `echo "{ONE}"`'),
        ("echo a#{x}", f'echo a#"{ONE}"'),
        ("echo # it's {x}\necho '{x}'", f"echo # it's {{x}}\necho ''\"{ONE}\"''"),
        ('cat <<EOF\n"{x}"\nEOF\necho {x}', f'cat <<EOF\n"{ONE}"\nEOF\necho "{ONE}"'),
        ("cat <<'EOF'\n$HOME {x} \\`\nEOF\n: '$'", f"cat <<EOF\n\\$HOME {ONE} \\\\\\`\nEOF\n: '$'"),
        ("cat <<'EOF'\n$HOME\nEOF\necho {x}", f"cat <<'EOF'\n$HOME\nEOF\necho \"{ONE}\""),
        ("cat <<<{x}", f'cat <<<"{ONE}"'),
        ("case {x} in *) echo;; esac", f'case "{ONE}" in *) echo;; esac'),
        ("echo $(case a in a) echo {x};; esac) '{x}'", f"echo $(case a in a) echo \"{ONE}\";; esac) ''\"{ONE}\"''"),
        ("f() { echo {x}; }", f'f() {{ echo "{ONE}"; }}'),
        ("echo a\\\n{x}", f'echo a\\\n"{ONE}"'),
        ("echo > {x} 2>&1", f'echo > "{ONE}" 2>&1'),
        ("a=({x} b)", f'a=("{ONE}" b)'),
        ("echo $((1 + 1)) {x}", f'echo $((1 + 1)) "{ONE}"'),
        ("echo ${v:-'a'} {x}", f"echo ${{v:-'a'}} \"{ONE}\""),
        ("echo ${x} {{x}} {x}", f'echo ${{x}} {{x}} "{ONE}"'),
        ("echo $# {x}", f'echo $# "{ONE}"'),
    ],
)
def test_a_reference_is_quoted_for_the_place_where_it_stands(template: str, text: str) -> None:
    command = render_command(template, {"x": "$(id)"})
    assert command.text == text
    assert command.environment == {"STATEMACHINE_ARG_1": "$(id)"}


@pytest.mark.req("C2")
def test_each_placeholder_has_one_variable_however_often_it_stands() -> None:
    command = render_command("{x}{y} \"{x}\"'{y}'{z|default:c}", {"x": "a", "y": {"k": "ä"}})
    assert command.environment == {
        "STATEMACHINE_ARG_1": "a",
        "STATEMACHINE_ARG_2": '{"k": "ä"}',
        "STATEMACHINE_ARG_3": "c",
    }


@pytest.mark.req("D3")
@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("echo {nope} '{nope}'", "echo {nope} '{nope}'"),
        ("awk '{print}' f", "awk '{print}' f"),
        ("echo {a|b}", "echo '{a|b}'"),
        ("sh -c 'awk {print}'", "sh -c 'awk {print}'"),
        ("find . -exec ls {} \\;", "find . -exec ls {} \\;"),
    ],
)
def test_an_unknown_placeholder_stays_as_it_stands_and_is_never_a_pipe(template: str, text: str) -> None:
    assert render_command(template, {}) == (text, {}, ())


@pytest.mark.req("C2")
@pytest.mark.parametrize(
    "template",
    [
        "echo $(({x} + 1))",
        "echo $(( $(echo {x}) ))",
        "(( {x} > 1 ))",
        "echo $[{x}]",
        "let {x}",
        "[[ {x} -eq 1 ]]",
        "[[ a == b && {x} -eq 1 ]]",
        "a[{x}]=1",
        "unset {x}",
        "export {x}",
        "declare -i n={x}",
        "printf -v {x} a",
        "echo ${v:-{x}}",
        '"${v:-{x}}"',
        r"echo \{x}",
        r'echo "\{x}"',
        "echo $'{x}'",
        r"echo $'a\'b' {x}",
        r"echo `echo \`echo {x}\``",
        "cat <<$x\n{x}\n$x",
        "cat <<'a b'\n{x}\na b",
        "cat <<EOF\n{x}",
        "echo 'open {x}\n{x}",
        "$(cat <<EOF)\n{x}\nEOF",
        "alias ls='echo'\nls {x}",
        "echo ) {x}",
        "(" * 300 + "{x}",
        "$(" * 300 + "{x}",
    ],
)
def test_a_value_is_refused_where_a_shell_calculates_or_where_the_quoting_is_uncertain(template: str) -> None:
    with pytest.raises(InterpolationError, match=r"^\{x\} cannot be filled in this command: ") as caught:
        render_command(template, {"x": "1"})
    assert caught.value.placeholder == "{x}"
    assert command_problems(template)[0] == ("{x}", str(caught.value), True)


@pytest.mark.req("C2")
@pytest.mark.parametrize(
    "template",
    [
        "sh -c 'echo {x}'",
        '/bin/bash -euo pipefail -c "echo {x}"',
        "sudo env A=1 dash -ec 'echo {x}'",
        "find . -exec sh -c 'echo {x}' \\;",
        "$SHELL -c {x}",
        "if true; then eval echo {x}; fi",
        "command eval {x}",
        "trap 'rm {x}' EXIT",
        "su -c 'ls {x}' nobody",
        "ssh -p 22 host ls {x}",
        "bash <<EOF\n{x}\nEOF",
        "ssh host 'bash -s' <<'EOF'\n{x}\nEOF",
        "bash <<< {x}",
        'python3 -c "print({x})"',
        "perl -ne'print {x}'",
        "node --eval '{x}'",
    ],
)
def test_a_value_is_refused_where_it_would_be_parsed_once_more(template: str) -> None:
    with pytest.raises(InterpolationError, match=r"instead|let that be parsed"):
        render_command(template, {"x": "1"})


@pytest.mark.req("C2")
@pytest.mark.parametrize(
    "template",
    [
        "sh -c 'echo \"$1\"' sh {x}",
        "sh -s -- {x} <<'EOF'\necho \"$1\"\nEOF",
        "grep -c {x} file",
        "ssh -p 22 {x} uptime",
        "ssh host cat <<EOF\n{x}\nEOF",
        "python3 -c 'import sys; print(sys.argv[1])' {x}",
        "value={x}; trap 'echo \"$value\"' EXIT",
        "printf '%s' {x} | ssh host 'read -r value'",
        "read -p {x} value",
        "export A={x}",
        "echo 'sh -c {x}'",
        "test {x} -eq 1",
        "echo [{x}] a[{x}]",
    ],
)
def test_what_the_refusals_recommend_and_what_only_looks_alike_is_filled(template: str) -> None:
    assert ONE in render_command(template, {"x": "1"}).text
    assert command_problems(template) == ()


REPARSED_OUTPUT = [
    'eval "$(echo {x})"',
    "eval`echo {x}`",
    'eval "$(echo "$(echo `echo {x}`)")"',
    "ev$(true)al {x}",
    'sh -c "$(cat {x})"',
    'sh -c "echo $(echo {x})"',
    'su -c "$(echo {x})"',
    'trap "$(echo {x})" EXIT',
    'ssh host "$(cat {x})"',
    'perl -e "$(echo {x})"',
    "cat <<E | cat\n$(eval {x})\nE",
    'bash <<< "$(echo {x})"',
    '<<< "$(echo {x})" bash',
    "bash <<E\n$(echo {x})\nE",
    "source <(echo {x})",
    ". <(echo {x})",
    "bash <(echo {x})",
    "bash < <(echo {x})",
    'let "$(echo {x})"',
    'read "$(echo {x})"',
    'declare "$(echo {x})=1"',
    'test -v "$(echo {x})"',
    '[[ "$(echo {x})" -eq 1 ]]',
    'a["$(echo {x})"]=1',
    "a[1 + $(echo {x})]=1",
    'BASH_ENV="$(echo {x})" bash script',
]
SPLIT_OUTPUT = [
    "$(echo {x})",
    "`echo {x}` file",
    "a$(echo {x}) file",
    "env $(echo {x}) cmd",
    "command $(echo {x})",
    "exec $(echo {x})",
    "find $(echo {x})",
    "xargs $(echo {x})",
    "timeout 5 $(echo {x})",
    "sh $(echo {x})",
    "[ $(echo {x}) -gt 3 ]",
    "printf $(echo {x}) a",
]
CODE_FROM_INPUT = [
    "echo {x} | sh",
    "echo {x} | sudo -n bash -euo pipefail",
    "cat <<E | env A=1 sh -e\n{x}\nE",
    "{ echo {x}; } | sh",
    "{ sh; } <<E\n{x}\nE",
    "( sh ) <<< {x}",
    "echo {x} | tee >(sh)",
    "echo {x} | xargs -I% sh -c 'echo %'",
    "echo {x} | xargs sh -c",
    "echo {x} | sh < /dev/stdin",
    ". /dev/stdin <<E\n{x}\nE",
    "source /dev/fd/3 3<<< {x}",
    "bash /dev/stdin <<E\n{x}\nE",
    "bash -o pipefail <<E\n{x}\nE",
    "python3 - a <<E\n{x}\nE",
    "python3 -W ignore <<E\n{x}\nE",
]
HIDDEN_PLACES = [
    "$v eval {x}",
    "eval$v {x}",
    "command -p eval {x}",
    "builtin -- eval {x}",
    "time -p eval {x}",
    "function f { eval {x}; }",
    "coproc N { eval {x}; }",
    "for i do eval {x}; done",
    "a[1 + 2]=3 eval {x}",
    "command alias e=eval\ne {x}",
    "BASH_ALIASES[e]={x}",
    "sh $v -c {x}",
    "sh -$v -c {x}",
    "sh -c $v {x}",
    "printf {x}",
    "eval a=({x})",
    "let a=({x})",
    "printf -v a {x} b",
    "printf -va{x} b",
    "wait {x}",
    "[ {x} {x} ]",
    "compgen -W {x}",
    'a["{x}"]=1',
    "declare -a a={x}",
    'declare -a "a=({x})"',
    "a=(); declare a={x}",
    "declare -i n; n={x}",
    "n={x}; declare -i n",
    "declare -n n; n={x}",
    "BASH_ENV={x} bash script",
    "env BASH_ENV={x} bash script",
    "export ENV={x}",
    "PROMPT_COMMAND={x}",
    "PS4={x}; set -x",
    "PS4+={x}",
    "for PS4 in {x}; do :; done",
    "read PS4 <<< {x}",
    "printf -v PS4 %s {x}",
    "RANDOM={x}",
    "GIT_SSH_COMMAND='ssh -i {x}' git fetch",
    "env 'BASH_FUNC_f%%=() { echo {x}; }' bash -c f",
    "env {x} cmd",
    "env $(true){x}",
    "env -{x}",
    "env -S {x}",
    "env --split-string={x}",
    "parallel echo {x}",
]


@pytest.mark.req("C2")
@pytest.mark.parametrize("template", [*REPARSED_OUTPUT, *SPLIT_OUTPUT, *CODE_FROM_INPUT, *HIDDEN_PLACES])
def test_a_value_is_refused_wherever_its_way_into_code_is_hidden(template: str) -> None:
    with pytest.raises(InterpolationError, match=r"^\{x\} cannot be filled in this command: .*[;,]") as caught:
        render_command(template, {"x": "1"})
    assert "\n" not in str(caught.value)


@pytest.mark.req("C2")
@pytest.mark.parametrize(
    "template",
    [
        "ls $(dirname {x})",
        'y=$(echo {x}); use "$y"',
        '"$(echo {x})" file',
        "{x} file",
        'export A="$(echo {x})"',
        "for i in $(cat {x}); do :; done",
        'find "$(dirname {x})" -type f',
        '. "$(dirname {x})/lib.sh"',
        "sort <(echo {x})",
        "bash $DIR/run.sh {x}",
        "bash run.sh -c {x}",
        "command -v python3 && echo {x}",
        "apt-get install bash; python3 --version; echo {x}",
        "echo {x} | bash -c cat",
        "echo {x} | perl -pe 's/a/b/'",
        "curl https://example.org/ | sh -s -- {x}",
        "echo {x} | while read -r l; do :; done",
        "env A={x} cmd {x}",
        "env -- {x}",
        "printf -- {x}",
        "[ -n {x} ] && [ {x} = a ]",
        "local a={x}",
        "PATH={x}:$PATH; IFS={x}",
        "a[0]={x}",
        "declare -a a=({x})",
        "function f { echo {x}; }",
    ],
)
def test_a_value_is_filled_where_its_output_stays_data(template: str) -> None:
    assert ONE in render_command(template, {"x": "1"}).text
    assert command_problems(template) == ()


@pytest.mark.req("C2")
@pytest.mark.parametrize("template", ["sed 's/a/{x}/' f", "awk -F: '{ print {x} }' f"])
def test_a_program_in_a_small_language_is_warned_of(template: str) -> None:
    warnings = render_command(template, {"x": "1"}).warnings
    assert len(warnings) == 1
    assert command_problems(template) == (("{x}", warnings[0], False),)


@pytest.mark.req("C2")
def test_a_nul_is_refused_in_a_value_and_in_the_command() -> None:
    with pytest.raises(InterpolationError, match=r"the value of \{x\} holds a NUL"):
        render_command("echo {x}", {"x": "a\0b"})
    with pytest.raises(InterpolationError, match="the command holds a NUL"):
        render_command("echo \0 {x}", {"x": "a"})


@pytest.mark.req("C2")
def test_a_value_without_bytes_is_refused_and_one_of_broken_bytes_is_not() -> None:
    with pytest.raises(InterpolationError, match=r"the value of \{x\} holds '\\ud800'"):
        render_command("echo {x}", {"x": "\ud800"})
    assert render_command("echo {x}", {"x": "\udc80"}).environment == {"STATEMACHINE_ARG_1": "\udc80"}


@pytest.mark.req("C2")
def test_the_longest_value_that_linux_takes_is_taken_and_one_byte_more_is_refused() -> None:
    longest = 131072 - len("STATEMACHINE_ARG_1=") - 1
    command = render_command("printf %s {x} | wc -c", {"x": "ä" * (longest // 2)})
    done = subprocess.run(
        ["sh", "-c", command.text],
        env={"PATH": "/usr/bin:/bin", **command.environment},
        capture_output=True,
        check=True,
    )
    assert int(done.stdout) == longest
    with pytest.raises(InterpolationError, match=r"the value of \{x\} takes 131073 bytes"):
        render_command("echo {x}", {"x": "x" * (longest + 1)})


@pytest.mark.req("C2")
def test_a_long_hostile_template_is_read_in_time_that_grows_with_its_length() -> None:
    for text in (
        "{" * 50_000,
        "{a|default:" * 20_000,
        "'{x}' " * 20_000,
        '"$(' * 20_000,
        "cat <<E\n" * 10_000,
        "((" * 50_000,
    ):
        command_problems(text + "{x}")


@pytest.mark.req("D4")
def test_the_package_loads_no_heavy_module() -> None:
    heavy = "{'asyncio', 'subprocess', 'inspect', 'dataclasses', 'json', 'logging', 'shlex'}"
    code = (
        "import sys; before = set(sys.modules); import statemachine_internal.interpolation; "
        f"print({heavy} & (set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert done.stdout.strip() == "set()"
