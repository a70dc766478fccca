"""``statemachine-diagrams``: draw a definition, as files for a repository or in one format for another program."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

from statemachine_internal.control.addresses import check_machine_name
from statemachine_internal.definition import MachineDefinition, load_definition
from statemachine_internal.diagram import graph_of, markdown
from statemachine_internal.diagram.files import encoded, write, write_folder
from statemachine_internal.diagram.formats import FORMATS
from statemachine_internal.errors import EX_REFUSED, StateMachineError
from statemachine_internal.service.command_line import OneLineParser
from statemachine_internal.service.printable import printable
from statemachine_internal.service.streams import forget_output, mend_streams
from statemachine_internal.version import VERSION

PROGRAM = "statemachine-diagrams"
OUTPUT_DIR = "docs/fsm-diagrams"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code: 0, 1 refused, 2 usage, 78 a bad definition."""
    mend_streams()
    given = parse(argv)
    try:
        definition = load_definition(given.file)
        if given.format is not None:
            _one_format(definition, given.format, given.out)
        else:
            for path in _files(definition, given):
                print(printable(path))
        sys.stdout.flush()
    except StateMachineError as error:
        for line in str(error).splitlines():
            print(f"{PROGRAM}: {printable(line)}", file=sys.stderr)
        return error.exit_code
    except OSError as error:  # standard output is full, or its reader has seen enough, as "| head" has
        forget_output()
        if not isinstance(error, BrokenPipeError):
            print(f"{PROGRAM}: standard output: {error.strerror}", file=sys.stderr)
        return EX_REFUSED
    return 0


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line; ends the program with exit code 2 and one line where it is wrong."""
    made = parser()
    given = made.parse_intermixed_args(argv)  # OUT may stand behind options, where parse_args sees no operand
    if given.out is not None and given.new_format_only:
        made.error("OUT is the one file of the old format; leave it out, or --new-format-only")
    if given.output_dir is not None and given.format is not None:
        made.error("--format writes one file; give its path as OUT instead of --output-dir")
    return given


def parser() -> OneLineParser:
    """The parser, from which the manual page is made too."""
    made = OneLineParser(
        prog=PROGRAM,
        usage="%(prog)s [-h] [--version] [--output-dir D]\n"
        "       [--old-format-only | --new-format-only | --format F] FILE [OUT]",
        description="Draw the state machine of a YAML definition.",
        epilog="example: statemachine-diagrams worker.yaml worker.svg --format svg",
    )
    made.add_argument("file", metavar="FILE", help="the definition, a YAML file")
    made.add_argument(
        "out",
        metavar="OUT",
        nargs="?",
        help="the file to write: the page (default: OUTPUT_DIR/MACHINE.md), or with --format the one in that format "
        "(default: standard output)",
    )
    made.add_argument("--output-dir", metavar="D", help=f"the folder of the diagrams (default: {OUTPUT_DIR})")
    only = made.add_mutually_exclusive_group()
    only.add_argument(
        "--old-format-only", action="store_true", help="write the page alone, Markdown with Mermaid in it"
    )
    only.add_argument(
        "--new-format-only",
        action="store_true",
        help="write the folder OUTPUT_DIR/MACHINE alone: a .mermaid file for the whole and for each group, and "
        "metadata.json",
    )
    only.add_argument(
        "--format",
        metavar="F",
        choices=tuple(FORMATS),
        help=f"write no files but this format, to OUT: {', '.join(FORMATS)}",
    )
    made.add_argument("--version", action="version", version=f"{PROGRAM} {VERSION}")
    return made


def _one_format(definition: MachineDefinition, name: str, out: str | None) -> None:
    text = FORMATS[name].render(graph_of(definition))
    if out is None:
        sys.stdout.buffer.write(encoded(text))
    else:
        write(out, text)


def _files(definition: MachineDefinition, given: argparse.Namespace) -> Iterator[str]:
    """Write what is asked for; yields the paths."""
    stem = os.path.splitext(os.path.basename(given.file))[0]
    machine = check_machine_name(definition.machine_name or stem)
    folder = given.output_dir or OUTPUT_DIR
    graph = graph_of(definition)
    if not given.old_format_only:
        yield from write_folder(os.path.join(folder, machine), machine, graph, definition.digest)
    if not given.new_format_only:
        yield write(given.out or os.path.join(folder, f"{machine}{markdown.SUFFIX}"), markdown.render(graph))


if __name__ == "__main__":
    sys.exit(main())
