"""Whose socket is at the other end of a connection over loopback."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from statemachine_internal.monitor import loopback_owner, socket_diag, socket_tables
from statemachine_internal.monitor.loopback_owner import owner_of
from statemachine_internal.monitor.socket_diag import Address

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
THEIRS, OURS = ("127.0.0.1", 54321), ("127.0.0.1", 3001)
ADDRESSES = "0100007F:D431 0100007F:0BB9"


def row(addresses: str = ADDRESSES, state: str = "01", uid: int = 1000, inode: int = 77) -> str:
    return f"   0: {addresses} {state} 00000000:00000000 00:00000000 00000000  {uid:4}        0 {inode} 1 0\n"


def not_to_be_asked(local: Address, remote: Address) -> None:
    raise OSError(errno.EAFNOSUPPORT, f"{local} {remote}")


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The kernel's table, to be written by the test."""
    path = tmp_path / "tcp"
    monkeypatch.setattr(socket_diag, "held_by", not_to_be_asked)
    monkeypatch.setattr(socket_tables, "TABLES", (str(path), str(tmp_path / "none")))
    return path


@pytest.fixture(params=["asked", "listed"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the two ways to know."""
    if request.param == "asked":
        monkeypatch.setattr(socket_tables, "held_by", not_to_be_asked)
    else:
        monkeypatch.setattr(socket_diag, "held_by", not_to_be_asked)


@pytest.mark.req("H5")
@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("family", "host", "listening"),
    [
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET, "127.0.0.2", "127.0.0.2"),
        (socket.AF_INET6, "::1", "::1"),
        (socket.AF_INET6, "::ffff:127.0.0.1", "127.0.0.1"),
    ],
)
def test_the_kernel_says_whose_a_connection_is_while_somebody_holds_it(
    family: socket.AddressFamily, host: str, listening: str
) -> None:
    kind = socket.AF_INET6 if ":" in listening else socket.AF_INET
    with socket.create_server((listening, 0), family=kind) as listener, socket.socket(family) as client:
        client.connect((host, listener.getsockname()[1]))
        accepted, _ = listener.accept()
        with accepted:
            theirs, ours = accepted.getpeername()[:2], accepted.getsockname()[:2]
            assert owner_of(theirs, ours) == os.getuid()
            assert owner_of(theirs, (ours[0], ours[1] ^ 1)) is None
            assert owner_of(ours, (theirs[0], theirs[1] ^ 1)) is None, "the one that listens is no client"
            client.shutdown(socket.SHUT_WR)
            assert owner_of(theirs, ours) == os.getuid()
            client.close()
            assert owner_of(theirs, ours) is None


@pytest.mark.req("H5")
def test_a_socket_that_nobody_holds_is_not_root_s(table: Path) -> None:
    for state in ("04", "05", "06"):
        table.write_text(HEAD + row(state=state, uid=0, inode=0))
        assert owner_of(THEIRS, OURS) is None
    table.write_text(HEAD + row())
    assert owner_of(THEIRS, OURS) == 1000


@pytest.mark.req("H5")
def test_a_line_that_changes_while_it_is_read_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = iter([(0, 77), None, (0, 78), None])
    monkeypatch.setattr(loopback_owner, "_held_by", lambda *_: next(seen))
    assert owner_of(THEIRS, OURS) is None
    seen = iter([None, (7, 77), (7, 77)])
    assert owner_of(THEIRS, OURS) == 7


@pytest.mark.req("H5")
def test_our_own_end_and_the_connections_of_others_are_not_taken_for_it(table: Path) -> None:
    ours_first = " ".join(reversed(ADDRESSES.split()))
    others = row("0100007F:D432 0100007F:0BB9", uid=1) + row("0200007F:D431 0100007F:0BB9", uid=2) + row(ours_first)
    table.write_text(HEAD + others)
    assert owner_of(THEIRS, OURS) is None
    table.write_text(HEAD + others + row(uid=1234))
    assert owner_of(THEIRS, OURS) == 1234


@pytest.mark.req("H5")
def test_where_the_kernel_has_no_table_nobody_is_known(table: Path) -> None:
    assert not table.exists()
    assert owner_of(THEIRS, OURS) is None
