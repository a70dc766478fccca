"""Which users of this host may ask a monitor that has no token."""

from __future__ import annotations

import asyncio
import grp
import os
import pwd
import socket
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from statemachine_internal.monitor.neighbours import Neighbour, Neighbours, group_of, is_member
from statemachine_internal.monitor.requester import NOBODY_KNOWN, Requester

STRANGER = 4_000_000


class Transport(asyncio.BaseTransport):
    """The server's end of a connection."""

    def __init__(self, connection: socket.socket) -> None:
        ends = {"peername": connection.getpeername(), "sockname": connection.getsockname()}
        super().__init__({"socket": connection, **ends})


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A client's end and the server's."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
        listener.accept()[0] as accepted,
    ):
        yield client, accepted


@pytest.fixture
def requester(pair: tuple[socket.socket, socket.socket]) -> Requester:
    return Requester.at(Transport(pair[1]))


def look(requester: object, uid: int | None, database: str = "/none/x.db") -> Neighbour:
    return asyncio.run(Neighbours(database, lambda *_: uid).look(requester))


@pytest.fixture
def database() -> Iterator[Path]:
    """One in a folder that anybody can come to, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        folder = Path(made) / "data"
        folder.mkdir()
        folder.chmod(0o2770)
        path = folder / "statemachine.db"
        path.touch()
        path.chmod(0o660)
        yield path


@pytest.mark.req("H5")
@pytest.mark.parametrize("uid", [0, os.geteuid()])
def test_root_and_the_monitor_s_own_user_may(requester: Requester, uid: int) -> None:
    assert look(requester, uid) is Neighbour.OURS


@pytest.mark.req("H5")
def test_another_user_may_not(requester: Requester) -> None:
    assert look(requester, STRANGER) is Neighbour.ANOTHER


@pytest.mark.req("H5")
@pytest.mark.parametrize("uid", [NOBODY_KNOWN, None])
def test_one_of_whom_nothing_is_known_may_not(requester: Requester, uid: int | None) -> None:
    assert look(requester, uid) is Neighbour.UNSEEN


@pytest.mark.req("H5")
@pytest.mark.parametrize("client", [None, ("127.0.0.1", 1)])
def test_a_client_without_a_connection_may_not(client: object) -> None:
    assert look(client, 0) is Neighbour.UNSEEN


@pytest.mark.req("H5")
def test_one_who_has_reset_his_connection_may_not_whoever_has_his_port_by_now(
    pair: tuple[socket.socket, socket.socket], requester: Requester
) -> None:
    client, _ = pair
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    assert look(requester, 0) is Neighbour.UNSEEN


@pytest.mark.req("H5")
def test_a_connection_is_looked_at_once(requester: Requester) -> None:
    looks: list[object] = []
    neighbours = Neighbours("/none/x.db", lambda *ends: looks.append(ends))
    for _ in range(3):
        assert asyncio.run(neighbours.look(requester)) is Neighbour.UNSEEN
    assert looks == [requester.ends]


@pytest.mark.req("H5")
def test_a_group_counts_where_the_database_is_open_to_it(database: Path) -> None:
    group = database.stat().st_gid
    assert group_of(str(database)) == group
    for path, mode in (
        (database, 0o600),
        (database, 0o640),
        (database.parent, 0o2750),
        (database.parent, 0o700),
    ):
        before = path.stat().st_mode
        path.chmod(mode)
        assert group_of(str(database)) is None, (path, oct(mode))
        path.chmod(before & 0o7777)
    database.unlink()
    assert group_of(str(database)) == group, "the first machine makes it"
    database.parent.parent.chmod(0o700)
    assert group_of(str(database)) is None, "nobody else can come to it"
    assert group_of("/none/x.db") is None


@pytest.mark.req("H5")
def test_the_members_of_that_group_are_those_of_the_system_s_list() -> None:
    me = pwd.getpwuid(os.getuid())
    assert is_member(me.pw_uid, me.pw_gid)
    assert not is_member(me.pw_uid, None)
    assert not is_member(STRANGER, me.pw_gid)
    others = [each for each in grp.getgrall() if each.gr_gid not in os.getgrouplist(me.pw_name, me.pw_gid)]
    assert not is_member(me.pw_uid, others[0].gr_gid)
