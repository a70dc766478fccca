"""``statemachine-validate``, alias ``statemachine-lint``: check definitions, each alone and all together."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Sequence

from statemachine_cmd.validate.human import human
from statemachine_internal.definition.checks.checking import CONFIGURATIONS, Checked, check
from statemachine_internal.definition.diagnostics import Severity
from statemachine_internal.service.command_line import OneLineParser
from statemachine_internal.service.streams import forget_output, mend_streams
from statemachine_internal.version import VERSION

PROGRAM = "statemachine-validate"
EX_ERRORS, EX_WARNINGS = 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code: 0 clean, 1 errors, 2 warnings under ``--strict``, or a bad argument."""
    mend_streams()
    made = parser()
    given = made.parse_args(argv)
    if given.schema:
        return _print(_schema(), "utf-8")
    if not given.files:
        made.error("no FILE is given")
    actions_dir = None if given.actions_dir is None else os.path.expanduser(given.actions_dir)
    if actions_dir is not None and not os.path.isdir(actions_dir):
        made.error(f"--actions-dir {given.actions_dir} is no folder")
    found = check(given.files, actions_dir=actions_dir, most=given.configurations)
    shown = _without_the_rest(found, strict=given.strict) if given.quiet else found
    if given.format == "json":
        from statemachine_cmd.validate.plain_json import plain_json

        text = plain_json(shown)
    elif given.format == "sarif":
        from statemachine_cmd.validate.sarif import sarif

        text = sarif(shown)
    else:
        color = not given.no_color and not os.environ.get("NO_COLOR") and sys.stdout.isatty()
        text = human(shown, color=color, quiet=given.quiet)
    encoding = sys.stdout.encoding if given.format == "human" else "utf-8"
    return _print(text, encoding) or _status(found, strict=given.strict)


def parser() -> OneLineParser:
    """The parser, from which the manual page is made too."""
    made = OneLineParser(
        prog=PROGRAM,
        description="Check definitions of state machines, each alone and all of them together.",
        epilog="example: statemachine-validate --strict controller.yaml worker.yaml",
    )
    add = made.add_argument
    add("files", metavar="FILE", nargs="*", help="a definition, a YAML file")
    add("--strict", action="store_true", help="exit with 2 where there are warnings")
    add("--quiet", action="store_true", help="print errors alone, with --strict also warnings")
    add("--no-color", action="store_true", help="print without colour on a terminal too")
    add("--format", choices=("human", "json", "sarif"), default="human", help="what to print (default: %(default)s)")
    add("--actions-dir", metavar="D", help="where custom actions are (default: actions/ beside each FILE)")
    add(
        "--configurations",
        metavar="N",
        type=_count,
        default=CONFIGURATIONS,
        help="how many configurations of machines that exchange events to look at (default: %(default)s)",
    )
    add("--schema", action="store_true", help="print the JSON Schema of the format, for editors, and check nothing")
    add("--version", action="version", version=f"{PROGRAM} {VERSION}")
    return made


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) <= 10_000_000:
        raise ArgumentTypeError(f"'{text}' is no number from 1 to 10000000")
    return int(text)


def _status(found: Sequence[Checked], *, strict: bool) -> int:
    worst = {diagnostic.severity for checked in found for diagnostic in checked.diagnostics}
    if Severity.ERROR in worst:
        return EX_ERRORS
    return EX_WARNINGS if strict and Severity.WARNING in worst else 0


def _without_the_rest(found: Sequence[Checked], *, strict: bool) -> list[Checked]:
    """What bears on the exit status."""
    kept = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    return [
        Checked(file=checked.file, diagnostics=tuple(d for d in checked.diagnostics if d.severity in kept))
        for checked in found
    ]


def _schema() -> str:
    from statemachine_internal.definition.schema import schema_text

    return schema_text()


def _print(text: str, encoding: str) -> int:
    """Write to standard output; 1 where it is full, or nobody reads it to the end."""
    try:
        sys.stdout.buffer.write(text.encode(encoding, "backslashreplace"))  # a good escape in JSON too, of a lone byte
        sys.stdout.flush()
    except OSError as error:
        forget_output()
        if not isinstance(error, BrokenPipeError):
            print(f"{PROGRAM}: standard output: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
