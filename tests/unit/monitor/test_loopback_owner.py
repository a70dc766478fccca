"""Whose socket is at the other end of a connection over loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest

from statemachine_internal.monitor import loopback_owner
from statemachine_internal.monitor.loopback_owner import owner_of

STRANGER = 4_000_000
SYN_SENT = 2
CONNECT_AND_PASS_ON = """
import os, socket, sys
os.setuid(int(sys.argv[1]))
made = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
print(made.getsockname()[1], flush=True)
sys.stdin.read()
"""


@pytest.mark.req("H5")
@pytest.mark.parametrize(
    ("family", "host", "listening"),
    [
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET, "127.0.0.2", "127.0.0.2"),
        (socket.AF_INET6, "::1", "::1"),
        (socket.AF_INET6, "::ffff:127.0.0.1", "127.0.0.1"),
        (socket.AF_INET, "127.0.0.1", "::ffff:127.0.0.1"),
    ],
)
def test_the_kernel_says_whose_a_connection_is_while_somebody_holds_it(
    family: socket.AddressFamily, host: str, listening: str
) -> None:
    kind = socket.AF_INET6 if ":" in listening else socket.AF_INET
    both = kind == socket.AF_INET6
    with (
        socket.create_server((listening, 0), family=kind, dualstack_ipv6=both) as listener,
        socket.socket(family) as client,
    ):
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
            assert owner_of(theirs, ours) is None, "nobody holds it any more, and so it is not root's"


@pytest.mark.req("H5")
def test_a_socket_is_of_the_user_who_made_it() -> None:
    me = os.getuid()
    other_user = STRANGER if me == 0 else me  # root alone can be another
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        argv = [sys.executable, "-c", CONNECT_AND_PASS_ON, str(other_user), str(port)]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            theirs = ("127.0.0.1", int(other.stdout.readline()))
            assert owner_of(theirs, ("127.0.0.1", port)) == other_user
            other.communicate("")
            assert owner_of(theirs, ("127.0.0.1", port)) is None


@pytest.mark.req("H5")
def test_one_that_is_still_to_be_connected_has_said_nothing_yet() -> None:
    with ExitStack() as open_:
        listener = open_.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        while True:
            client = open_.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
            if client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO) == SYN_SENT:
                break
        assert owner_of(client.getsockname(), listener.getsockname()) is None


@pytest.mark.req("H5")
def test_where_the_kernel_can_t_be_asked_nobody_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as client,
    ):
        assert owner_of(client.getsockname(), listener.getsockname()) == os.getuid()
        monkeypatch.setattr(loopback_owner, "_SOCK_DIAG", 31)  # a family of netlink's that nobody has registered
        assert owner_of(client.getsockname(), listener.getsockname()) is None
