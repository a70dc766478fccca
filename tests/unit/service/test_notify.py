"""What systemd is told, on a real datagram socket."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest

from statemachine_internal.service.notify import Notifier
from unit.service.fake_systemd import Receiver


@pytest.fixture
def systemd(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    monkeypatch.setenv("NOTIFY_SOCKET", receiver.address)
    return receiver


@pytest.fixture
def notifier(systemd: Receiver) -> Iterator[Notifier]:
    assert systemd.address == os.environ["NOTIFY_SOCKET"]
    opened = Notifier()
    yield opened
    opened.close()


@pytest.mark.req("J1")
def test_the_states_of_a_service_reach_systemd(systemd: Receiver, notifier: Notifier) -> None:
    assert notifier.active
    notifier.ready("idle")
    notifier.reloading()
    notifier.ready()
    notifier.extend_timeout(2.5)
    notifier.watchdog()
    notifier.stopping()
    messages = systemd.messages()
    assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", messages.pop(1))
    assert messages == ["READY=1\nSTATUS=idle", "READY=1", "EXTEND_TIMEOUT_USEC=2500000", "WATCHDOG=1", "STOPPING=1"]


@pytest.mark.req("J1")
def test_a_status_is_sent_once_and_is_one_line(systemd: Receiver, notifier: Notifier) -> None:
    notifier.ready("idle")
    notifier.status("idle")
    notifier.status("working\nMAINPID=1\x1b[31m grün")
    notifier.status("working MAINPID=1\x1b[31m grün")
    assert systemd.messages() == ["READY=1\nSTATUS=idle", "STATUS=working MAINPID=1\\x1b[31m grün"]


@pytest.mark.req("J1")
def test_a_status_fits_into_what_systemd_reads(systemd: Receiver, notifier: Notifier) -> None:
    notifier.ready("\U0001f600" * 5000)
    (datagram,) = systemd.datagrams()
    assert len(datagram) <= 4096
    assert datagram.decode().endswith("...")


@pytest.mark.req("J1")
def test_a_status_that_found_no_room_is_sent_the_next_time(systemd: Receiver, notifier: Notifier) -> None:
    count = 0
    while notifier._send("WATCHDOG=1", 0):
        count += 1
    notifier.status("idle")
    notifier.watchdog()
    assert len(systemd.datagrams()) == count
    notifier.status("idle")
    assert systemd.messages() == ["STATUS=idle"]


@pytest.mark.req("J1")
def test_without_systemd_nothing_is_sent_and_nothing_fails() -> None:
    notifier = Notifier()
    assert not notifier.active
    notifier.ready("idle")
    notifier.status("idle")
    notifier.reloading()
    notifier.extend_timeout(1)
    notifier.watchdog()
    notifier.stopping()
    assert notifier.watchdog_interval() is None


@pytest.mark.req("J1")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # sdnotify leaves its socket open
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_an_address_where_nobody_listens_is_no_error(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", f"{receiver.address}-gone")
    assert not Notifier().active
    assert "NOTIFY_SOCKET" not in os.environ


@pytest.mark.req("J1")
def test_systemd_that_goes_away_is_no_error(systemd: Receiver, notifier: Notifier) -> None:
    systemd.socket.close()
    notifier.ready("idle")
    notifier.watchdog()


@pytest.mark.req("J1")
def test_children_do_not_learn_the_address(systemd: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    notifier = Notifier()
    assert not {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} & os.environ.keys()
    assert notifier.watchdog_interval() == 10
    notifier.watchdog()
    assert systemd.messages() == ["WATCHDOG=1"]
    notifier.close()
    notifier.watchdog()
    assert systemd.messages() == []


@pytest.mark.req("J1")
@pytest.mark.parametrize(
    ("microseconds", "pid", "interval"),
    [
        ("3000000", None, 1),
        ("3000000", "self", 1),
        ("3000000", "1", None),
        ("0", None, None),
        ("soon", None, None),
        ("-5", None, None),
        (None, None, None),
    ],
)
def test_the_watchdog_is_fed_three_times_in_its_time_and_only_if_it_is_ours(
    monkeypatch: pytest.MonkeyPatch, microseconds: str | None, pid: str | None, interval: float | None
) -> None:
    if microseconds is not None:
        monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    if pid is not None:
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if pid == "self" else pid)
    assert Notifier().watchdog_interval() == interval
