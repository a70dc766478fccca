"""The control socket of a machine in the foreground."""

from __future__ import annotations

import os
import stat

import pytest

from statemachine_internal.control.addresses import RuntimeDirError, control_path
from statemachine_internal.control.listen import open_control_socket
from statemachine_internal.errors import UsageError
from unit.control.served import listener, plain_client


@pytest.mark.req("B1")
@pytest.mark.usefixtures("runtime")
def test_the_socket_listens_at_the_machines_path_under_the_mode_whatever_the_umask() -> None:
    before = os.umask(0o777)
    try:
        sock = open_control_socket("m")
    finally:
        os.umask(before)
    with sock, plain_client(control_path("m")):
        assert stat.S_IMODE(os.stat(control_path("m")).st_mode) == 0o660
        assert not sock.getblocking()
        assert os.get_inheritable(sock.fileno()) is False


@pytest.mark.req("B1")
def test_the_prefix_and_the_mode_can_be_chosen(runtime: str) -> None:
    with open_control_socket("m", f"{runtime}/own", 0o600):
        assert stat.S_IMODE(os.stat(f"{runtime}/own-m.sock").st_mode) == 0o600
        assert [name for name in os.listdir(runtime) if name.startswith(".")] == []


def test_what_a_process_that_was_killed_left_behind_is_replaced(runtime: str) -> None:
    path = control_path("m")
    listener(path).close()
    listener(f"{runtime}/control/.m").close()
    with open_control_socket("m"), plain_client(path):
        assert os.listdir(f"{runtime}/control") == ["m.sock"]


@pytest.mark.usefixtures("runtime")
def test_a_path_that_can_not_be_had_leaves_nothing_behind(runtime: str) -> None:
    os.mkdir(control_path("m"))
    with pytest.raises(OSError, match="directory"):
        open_control_socket("m")
    assert os.listdir(f"{runtime}/control") == ["m.sock"]


@pytest.mark.usefixtures("runtime")
def test_a_bad_name_or_a_long_prefix_is_refused() -> None:
    with pytest.raises(UsageError):
        open_control_socket("../m")
    with pytest.raises(RuntimeDirError):
        open_control_socket("m", "/tmp/" + "x" * 120)
