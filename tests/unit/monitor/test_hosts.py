"""Which Host headers are this host's."""

from __future__ import annotations

import pytest

from statemachine_internal.monitor.hosts import is_local

LOCAL = [
    "localhost",
    "localhost.",
    "LOCALHOST:3001",
    "127.0.0.1",
    "127.0.0.1:8765",
    "127.1.2.3:1",
    "[::1]",
    "[::1]:3001",
    "localhost:",
]
FOREIGN = [
    "",
    ":3001",
    "evil.example",
    "evil.example:3001",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil.example#localhost",
    "user@localhost",
    "localhost:3001@evil.example",
    "localhost:x",
    "localhost, evil.example",
    "0.0.0.0",
    "10.0.0.1",
    "::1",
    "[::1",
    "[::1]x",
    "[::2]",
    "[::ffff:10.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::1%lo]",
    "127.0.0.1.",
    "localhost..",
    "[127.0.0.1]",
    "2130706433",
    "0x7f000001",
    "127.1",
    "localhost ",
]


@pytest.mark.req("H5")
@pytest.mark.parametrize("host", LOCAL)
def test_a_loopback_name_is_answered(host: str) -> None:
    assert is_local(host)


@pytest.mark.req("H5")
@pytest.mark.parametrize("host", FOREIGN)
def test_any_other_name_is_not(host: str) -> None:
    assert not is_local(host)
