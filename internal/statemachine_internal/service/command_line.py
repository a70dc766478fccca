"""What the command lines of the programs have in common."""

from __future__ import annotations

import argparse
from typing import NoReturn

from statemachine_internal.errors import EX_USAGE

_PORT_MAX = 65535


class OneLineParser(argparse.ArgumentParser):
    """Complains in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(EX_USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


def port_number(text: str) -> int:
    """The type of an argument that is a TCP port; 0 is any free one."""
    if not (text.isascii() and text.isdecimal()) or int(text) > _PORT_MAX:
        raise argparse.ArgumentTypeError(f"'{text}' is no port; use 0 to {_PORT_MAX}")
    return int(text)
