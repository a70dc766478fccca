"""What the command lines of the programs have in common."""

from __future__ import annotations

import argparse
import sys
from typing import Any, NoReturn

from statemachine_internal.errors import EX_REFUSED, EX_USAGE

from .streams import forget_output

_PORT_MAX = 65535


class OneLineParser(argparse.ArgumentParser):
    """Complains in one line, also of a standard output that takes no help."""

    def error(self, message: str) -> NoReturn:
        self.exit(EX_USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        stream = file or sys.stderr
        try:
            stream.write(message)
            stream.flush()
        except OSError as error:
            forget_output()
            if stream is sys.stdout and not isinstance(error, BrokenPipeError):
                print(f"{self.prog}: standard output: {error.strerror}", file=sys.stderr)
            sys.exit(EX_REFUSED)


def port_number(text: str) -> int:
    """The type of an argument that is a TCP port; 0 is any free one."""
    if not (text.isascii() and text.isdecimal()) or int(text) > _PORT_MAX:
        raise argparse.ArgumentTypeError(f"'{text}' is no port; use 0 to {_PORT_MAX}")
    return int(text)
