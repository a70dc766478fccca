"""The helper that arms the timer of machines at rest: it runs as root on what another user has written."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from unit.deploy.units import DEPLOY

HELPER = DEPLOY / "libexec" / "arm-wake"


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """A file that lists, a line each, the calls of systemctl and systemd-run; both are stubs in ``bin`` beside it."""
    (tmp_path / "bin").mkdir()
    for name in ("systemctl", "systemd-run"):
        stub = tmp_path / "bin" / name
        stub.write_text(f'#!/bin/sh\necho "{name} $*" >>"{tmp_path}/calls"\n')
        stub.chmod(0o755)
    return tmp_path / "calls"


def arm(calls: Path, text: str) -> subprocess.CompletedProcess[str]:
    written = calls.parent / "next"
    written.write_text(text)
    return subprocess.run(
        ["/bin/sh", HELPER, written],
        env={"PATH": f"{calls.parent}/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.req("P10")
def test_a_time_ahead_becomes_a_calendar_event_to_the_fraction(calls: Path) -> None:
    assert arm(calls, "4102444800.250000\n").returncode == 0
    stopped, armed = calls.read_text().splitlines()
    assert stopped == "systemctl stop statemachine-wake.timer"
    assert "--unit=statemachine-wake.service --on-calendar=2100-01-01 00:00:00.250000 UTC " in armed


@pytest.mark.req("P10")
@pytest.mark.parametrize("ahead", [-100, 0, 1])
def test_what_is_due_already_comes_at_once(calls: Path, ahead: int) -> None:
    assert arm(calls, f"{int(time.time()) + ahead}\n").returncode == 0
    assert "--on-active=1s" in calls.read_text()


@pytest.mark.req("P10")
def test_with_nothing_ahead_no_timer_is_left(calls: Path) -> None:
    assert arm(calls, "").returncode == 0
    assert calls.read_text().splitlines() == ["systemctl stop statemachine-wake.timer"]


@pytest.mark.req("J1")
@pytest.mark.parametrize(
    "text", ["soon", "1;reboot", "$(reboot)", "1.2.3", ".5", "5.", "-1", "1 2", "999999999999", "9" * 4000, "1\n2"]
)
def test_what_is_no_time_arms_nothing(calls: Path, text: str) -> None:
    done = arm(calls, text)
    assert done.returncode == 1
    assert done.stderr.startswith("arm-wake: not a time: ")
    assert "systemd-run" not in calls.read_text()
