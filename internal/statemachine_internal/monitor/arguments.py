"""What the command lines of the monitor's programs have in common."""

from __future__ import annotations

import argparse
from typing import NoReturn

from statemachine_internal.errors import EX_USAGE

from .settings import LOOPBACK

_PORT_MAX = 65535


class OneLineParser(argparse.ArgumentParser):
    """Complains in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(EX_USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


def add_host(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", metavar="H", default=LOOPBACK, help="the address to listen on (default: %(default)s)")


def add_port(parser: argparse.ArgumentParser, flag: str, default: int, help: str) -> None:
    parser.add_argument(
        flag, metavar="N", type=_port, default=default, help=f"{help} (default: %(default)s; 0: any free one)"
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) > _PORT_MAX:
        raise argparse.ArgumentTypeError(f"'{text}' is no port; use 0 to {_PORT_MAX}")
    return int(text)
