"""Ringing at those who follow the feed, and being rung."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator

import pytest

from statemachine_internal.control.addresses import RuntimeDirError, ensure_runtime_dir
from statemachine_internal.errors import UsageError
from statemachine_internal.feed.follow import Follower
from statemachine_internal.feed.wakeup import FeedBell

ROUNDS = 200


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    path = tempfile.mkdtemp(prefix="sm-", dir="/tmp")
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", path)
    yield ensure_runtime_dir()
    shutil.rmtree(path)


@pytest.fixture
def bell(runtime: str) -> Iterator[FeedBell]:
    assert runtime
    with FeedBell() as bell:
        yield bell


def datagram_socket(path: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    sock.bind(path)
    return sock


@pytest.mark.req("H6")
def test_without_monitor_and_followers_a_ring_is_no_error(bell: FeedBell, runtime: str) -> None:
    bell.ring(1)
    shutil.rmtree(f"{runtime}/feed")
    bell.ring(2)
    os.mkdir(f"{runtime}/feed")
    with Follower("late") as follower:
        bell.ring(3)
        assert follower.drain()


@pytest.mark.req("P11")
def test_the_monitor_and_every_follower_hear_the_id(bell: FeedBell, runtime: str) -> None:
    with datagram_socket(f"{runtime}/events.sock") as monitor, datagram_socket(f"{runtime}/feed/x.sock") as other:
        with Follower("tail") as follower:
            bell.ring(2**63 - 1)
            assert follower.wait(0)
        assert monitor.recv(100) == other.recv(100) == b"9223372036854775807"


@pytest.mark.req("B1")
def test_the_monitors_socket_may_be_elsewhere(runtime: str) -> None:
    with datagram_socket(f"{runtime}/own.sock") as monitor, FeedBell(f"{runtime}/own.sock") as bell:
        bell.ring(1)
        assert monitor.recv(100) == b"1"
    with pytest.raises(RuntimeDirError):
        FeedBell(f"{runtime}/{'x' * 120}")


@pytest.mark.req("P11")
def test_a_follower_that_never_reads_holds_nobody_up(bell: FeedBell, runtime: str) -> None:
    with datagram_socket(f"{runtime}/feed/stuck.sock"), Follower("tail") as follower:
        for number in range(2000):  # net.unix.max_dgram_qlen is 10 or 512
            bell.ring(number)
            assert follower.drain()


@pytest.mark.req("P11")
def test_a_follower_is_heard_of_even_within_the_tick_of_the_last_listing(bell: FeedBell) -> None:
    for number in range(ROUNDS):
        bell.ring(number)
        with Follower("tail") as follower:
            bell.ring(number)
            assert follower.drain()


@pytest.mark.req("P11")
def test_a_listing_is_kept_while_the_folder_is_old_and_unchanged(
    bell: FeedBell, runtime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = f"{runtime}/feed"
    with Follower("tail") as follower:
        os.utime(feed, ns=(0, 0))
        bell.ring(1)
        assert follower.drain()
        with monkeypatch.context() as patch:
            patch.delattr(os, "listdir")
            bell.ring(2)
            assert follower.drain()
        with Follower("second") as second:
            bell.ring(3)
            assert follower.drain()
            assert second.drain()


@pytest.mark.req("P11")
def test_a_follower_that_was_killed_is_left_out_and_the_others_are_not(bell: FeedBell, runtime: str) -> None:
    with Follower("tail") as follower:
        datagram_socket(f"{runtime}/feed/dead.sock").close()
        os.utime(f"{runtime}/feed", ns=(0, 0))
        for number in range(2):
            bell.ring(number)
            assert follower.drain()
        assert bell._followers == [follower.path]


def test_a_new_follower_removes_what_killed_ones_left_and_nothing_else(runtime: str) -> None:
    datagram_socket(f"{runtime}/feed/dead-1-0.sock").close()
    with open(f"{runtime}/feed/notes.txt", "w"), Follower("first") as first:
        with Follower("second") as second:
            names = {os.path.basename(first.path), os.path.basename(second.path), "notes.txt"}
            assert set(os.listdir(f"{runtime}/feed")) == names
            assert stat.S_IMODE(os.stat(second.path).st_mode) == 0o666
        assert set(os.listdir(f"{runtime}/feed")) == names - {os.path.basename(second.path)}
        second.close()


@pytest.mark.usefixtures("runtime")
def test_a_followers_name_is_spelt_like_a_machines() -> None:
    with pytest.raises(UsageError):
        Follower("../x")


def test_a_follower_without_a_folder_is_an_error(runtime: str) -> None:
    with pytest.raises(FileNotFoundError):
        Follower("tail", f"{runtime}/none")


@pytest.mark.req("P11")
def test_a_wait_takes_all_rings_so_far(bell: FeedBell) -> None:
    with Follower("tail") as follower:
        assert not follower.wait(0)
        for number in range(3):
            bell.ring(number)
        assert follower.wait()
        assert not follower.wait(0)


@pytest.mark.req("P9")
def test_a_task_sleeps_until_the_next_ring(bell: FeedBell) -> None:
    async def follow() -> None:
        with Follower("tail") as follower:
            bell.ring(1)
            await follower.wakeup()
            waiting = asyncio.create_task(follower.wakeup())
            await asyncio.sleep(0)
            assert not waiting.done()
            bell.ring(2)
            await waiting
            assert not follower.drain()

    asyncio.run(follow())


def test_a_task_that_is_cancelled_leaves_the_follower_usable(bell: FeedBell) -> None:
    async def follow() -> None:
        with Follower("tail") as follower:
            waiting = asyncio.create_task(follower.wakeup())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            bell.ring(1)
            await follower.wakeup()

    asyncio.run(follow())
