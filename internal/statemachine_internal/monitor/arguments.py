"""What the command lines of the monitor's programs have in common."""

from __future__ import annotations

import argparse

from statemachine_internal.service.command_line import port_number

from .settings import LOOPBACK


def add_host(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", metavar="H", default=LOOPBACK, help="the address to listen on (default: %(default)s)")


def add_port(parser: argparse.ArgumentParser, flag: str, default: int, help: str) -> None:
    parser.add_argument(
        flag, metavar="N", type=port_number, default=default, help=f"{help} (default: %(default)s; 0: any free one)"
    )


def add_token_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--token-file",
        metavar="F",
        help="a file with the token that everybody has to give (default: the unit's credential 'token', else none)",
    )


def add_any_user(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--any-user",
        action="store_true",
        help="without a token: let every user of this host see and change everything, instead of this user alone",
    )
