"""Remove keeps the data; purge leaves nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from system.inside.check import check
from system.inside.commands import run, systemctl

DATABASE = Path("/var/lib/statemachine/statemachine.db")
TOKEN = Path("/etc/statemachine/monitor.token")
NAMES = ("statemachine", "statemachine-monitor")


@check("J3")
def remove_ends_everything_and_keeps_data_and_definitions() -> None:
    before = DATABASE.stat().st_size
    token = TOKEN.read_text()
    done = run("apt-get", "remove", "--yes", *_installed(), timeout=120)
    assert _warnings(done) == []
    left = _processes()
    assert not left, left
    assert _units_with_work() == []
    assert DATABASE.stat().st_size >= before > 0
    assert Path("/etc/statemachine/worker.yaml").exists()
    assert TOKEN.read_text() == token
    assert Path("/etc/default/statemachine").exists()
    assert not Path("/usr/bin/statemachine-db").exists()


@check("J3")
def a_new_installation_finds_its_data_again() -> None:
    packages = [str(path) for path in sorted(Path("/checks").glob("statemachine*.deb"))]
    token = TOKEN.read_text()
    run("apt-get", "install", "--yes", *packages, timeout=120)
    assert TOKEN.read_text() == token
    said = run("statemachine-db", "machine-state", "--machine", "worker").stdout
    assert "waiting" in said, said
    from system.inside.commands import enable, send

    enable("worker")
    assert "processed" in send("worker", "new_job", "--wait")


@check("J3")
def purge_leaves_no_file_no_unit_no_mount_and_no_process() -> None:
    done = run("apt-get", "purge", "--yes", *_installed(), timeout=120)
    assert _warnings(done) == []
    run("apt-get", "autoremove", "--purge", "--yes", timeout=120)
    for left in (_processes(), _files()):
        assert not left, left
    units = systemctl("list-units", "--all", "--no-legend", "--plain") + systemctl("list-unit-files", "--no-legend")
    left = [line for line in units.splitlines() if "statemachine" in line]
    assert not left, left
    left = _mounts()
    assert not left, left
    assert run("dpkg-query", "--show", "statemachine*", ok=False).stdout == ""


def _warnings(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in (done.stdout + done.stderr).splitlines() if "warning" in line.lower()]


def _units_with_work() -> list[str]:
    """Units of ours, slices too, that are active or have failed."""
    states = "--state=active,activating,deactivating,failed"
    lines = systemctl("list-units", "--all", states, "--no-legend", "--plain").splitlines()
    return [line for line in lines if "statemachine" in line]


def _installed() -> list[str]:
    return [name for name in NAMES if run("dpkg-query", "--status", name, ok=False).returncode == 0]


def _processes() -> list[str]:
    """Command lines of processes that are ours: by their program, or by their user."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if "statemachine" in line:
            found.append(line)
    return found


def _mounts() -> list[str]:
    """What is mounted at or from a path of ours (proc_pid_mountinfo(5)); what / is made of is the test's affair."""
    lines = [line.split() for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()]
    return [f"{root} at {point}" for _, _, _, root, point, *_ in lines if "statemachine" in root + point]


def _files() -> list[str]:
    """Whatever is named after us, but for what this test has made or the system keeps of everybody."""
    found = []
    for top in ("/etc", "/usr", "/lib", "/var", "/run", "/tmp", "/root", "/home", "/srv", "/opt"):
        for folder, folders, files in os.walk(top):
            if folder.startswith(("/run/systemd/journal", "/var/log", "/proc", "/sys")):
                continue
            found += [os.path.join(folder, name) for name in [*folders, *files] if "statemachine" in name.lower()]
    return [path for path in found if not path.startswith(("/run/systemd/propagate", "/run/systemd/units"))]
