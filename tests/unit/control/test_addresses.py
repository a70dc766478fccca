"""Where sockets and locks are, and whose they may be."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator

import pytest

from statemachine_internal.control import addresses, trust
from statemachine_internal.errors import UsageError
from support.workspace import SOURCE_ROOTS
from unit.control.served import folder


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A folder, and a process that nothing points anywhere: no variables, no /run/statemachine."""
    with folder() as path:
        monkeypatch.delenv("STATEMACHINE_RUNTIME_DIR", raising=False)
        monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
        monkeypatch.setattr(addresses, "SYSTEM_RUNTIME_DIR", f"{path}/system")
        yield path


@pytest.mark.parametrize("name", ["a", "9", "worker-1", "a.b_c-d", "m" * 64])
def test_a_machine_may_be_called(name: str) -> None:
    assert addresses.check_machine_name(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", "-x", "_x", "a/b", "a b", "a\n", "ä", "a\0", "m" * 65])
def test_a_machine_may_not_be_called(name: str) -> None:
    with pytest.raises(UsageError, match="machine name"):
        addresses.check_machine_name(name)


def test_the_runtime_folder_is_the_named_then_the_systems_then_the_logins_then_one_below_tmp(
    bare: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert addresses.runtime_dir() == f"/tmp/statemachine-{os.getuid()}"
    monkeypatch.setenv("XDG_RUNTIME_DIR", f"{bare}/login")
    assert addresses.runtime_dir() == f"{bare}/login/statemachine"
    os.mkdir(f"{bare}/system")
    assert addresses.runtime_dir() == f"{bare}/system"
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", f"{bare}/named/")
    assert addresses.runtime_dir() == f"{bare}/named"


@pytest.mark.req("B1")
def test_the_paths_of_a_machine(bare: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", bare)
    assert addresses.control_path("m") == f"{bare}/control/m.sock"
    assert addresses.control_path("m", prefix=f"{bare}/own") == f"{bare}/own-m.sock"
    assert addresses.events_path() == f"{bare}/events.sock"
    assert addresses.feed_dir() == f"{bare}/feed"
    with pytest.raises(UsageError):
        addresses.control_path("../m")


@pytest.mark.req("B1")
def test_a_path_that_is_too_long_for_a_socket_names_the_way_out(bare: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fits = f"{bare}/{'x' * (107 - len(f'{bare}//control/m.sock'))}"
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", fits)
    assert len(addresses.control_path("m")) == 107
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", fits + "x")
    with pytest.raises(addresses.RuntimeDirError, match=r"108 bytes.*STATEMACHINE_RUNTIME_DIR"):
        addresses.control_path("m")


def test_a_new_runtime_folder_is_for_its_user_alone(bare: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", f"{bare}/a/b")
    assert addresses.ensure_runtime_dir() == f"{bare}/a/b"
    assert addresses.ensure_runtime_dir() == f"{bare}/a/b"
    for made in ("a/b", "a/b/control", "a/b/feed"):
        assert stat.S_IMODE(os.stat(f"{bare}/{made}").st_mode) == 0o700


def test_folders_below_one_that_is_shared_are_shared(bare: str, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chmod(bare, 0o755)
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", bare)
    addresses.ensure_runtime_dir()
    assert stat.S_IMODE(os.stat(f"{bare}/control").st_mode) == 0o755


def test_a_runtime_folder_that_can_not_be_made_names_the_way_out(bare: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(f"{bare}/file", "w"):
        monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", f"{bare}/file/below")
    with pytest.raises(addresses.RuntimeDirError, match="STATEMACHINE_RUNTIME_DIR"):
        addresses.ensure_runtime_dir()


@pytest.fixture
def below_tmp(bare: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The path of the folder of last resort, in the test's own folder."""
    monkeypatch.setattr(addresses, "_tmp_dir", lambda: f"{bare}/tmp")
    return f"{bare}/tmp"


def test_the_folder_below_tmp_is_made_private(below_tmp: str) -> None:
    assert addresses.ensure_runtime_dir() == below_tmp
    assert stat.S_IMODE(os.stat(below_tmp).st_mode) == 0o700
    assert addresses.ensure_runtime_dir() == below_tmp


def test_a_folder_below_tmp_that_is_a_link_is_refused(below_tmp: str, bare: str) -> None:
    os.mkdir(f"{bare}/elsewhere", 0o700)
    os.symlink(f"{bare}/elsewhere", below_tmp)
    with pytest.raises(addresses.RuntimeDirError, match="is no folder"):
        addresses.ensure_runtime_dir()


def test_a_folder_below_tmp_that_others_may_write_to_is_refused(below_tmp: str) -> None:
    os.mkdir(below_tmp)
    os.chmod(below_tmp, 0o777)
    with pytest.raises(addresses.RuntimeDirError, match="may be written to by others"):
        addresses.ensure_runtime_dir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_below_tmp_of_another_user_is_refused(below_tmp: str) -> None:
    os.mkdir(below_tmp, 0o700)
    os.chown(below_tmp, 12345, -1)
    with pytest.raises(addresses.RuntimeDirError, match="belongs to uid 12345"):
        addresses.ensure_runtime_dir()


def test_trusted_are_oneself_root_and_the_service_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "_service_uid", 990)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert [uid for uid in (0, 990, 991, 1000, 1001, 65534) if trust.is_trusted_uid(uid)] == [0, 990, 1000]


def test_a_system_without_a_service_user_trusts_no_uid_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "_service_uid", None)
    monkeypatch.setattr(trust, "SERVICE_USER", "no-such-user")
    assert trust.service_uid() == -1


@pytest.mark.parametrize("module", ["control.client", "control.doorbell", "feed.wakeup", "feed.follow"])
def test_a_program_that_only_sends_or_follows_loads_nothing_heavy(module: str) -> None:
    heavy = "asyncio", "dataclasses", "logging", "pathlib", "socket", "structlog", "subprocess", "typing"
    code = f"import sys; import statemachine_internal.{module}; print(*[m for m in {heavy!r} if m in sys.modules])"
    env = {"PYTHONPATH": os.pathsep.join(map(str, SOURCE_ROOTS))}
    done = subprocess.run([sys.executable, "-S", "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
