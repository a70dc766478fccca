"""Boots a throw-away system, as often as asked, and takes it down again: the process between pytest and systemd-nspawn.

::

    pytest ── unshare ── stage ── systemd-nspawn ── init of the booted system ── driver
              │           └ a cgroup of its own: two systems at once would share one, and clear each other's away
              └ private mounts: the overlay (cached root below, tmpfs above) is gone with this process

``python3 -m system.stage ROOT FOLDER SYSTEM BOOTS`` leaves ``results`` and ``journal`` in FOLDER.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
LONGEST_BOOT = 240  # seconds

UNIT = """\
[Unit]
Description=The checks of the system tests
After=multi-user.target

[Service]
Type=exec
Environment=PYTHONPATH=/tests PYTHONDONTWRITEBYTECODE=1
WorkingDirectory=/
ExecStart=/usr/bin/python3 -m system.inside.driver {system} {boot}
ExecStopPost=systemctl --no-block poweroff
RuntimeMaxSec={longest}
StandardOutput=journal
"""


def main(root: Path, folder: Path, system: str, boots: int) -> None:
    scratch = folder / "scratch"
    scratch.mkdir()
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(scratch))
    upper, work, top = scratch / "upper", scratch / "work", scratch / "root"
    for path in (upper, work, top):
        path.mkdir()
    _mount("-t", "overlay", "-o", f"lowerdir={root},upperdir={upper},workdir={work}", "overlay", str(top))
    (top / "var/log/journal").mkdir(parents=True, exist_ok=True)
    units = top / "etc/systemd/system"
    (units / "multi-user.target.wants").mkdir(parents=True, exist_ok=True)
    (units / "multi-user.target.wants/checks.service").symlink_to("../checks.service")
    with _own_cgroup():
        try:
            for boot in range(boots):
                text = UNIT.format(system=system, boot=boot, longest=LONGEST_BOOT)
                (units / "checks.service").write_text(text, encoding="utf-8")
                _boot(top, folder)
        finally:
            with (folder / "journal").open("wb") as journal:
                command = [
                    "journalctl",
                    f"--directory={top}/var/log/journal",
                    "--output=short-precise",
                    "--no-hostname",
                ]
                subprocess.run(command, stdout=journal, stdin=subprocess.DEVNULL, check=False)


def _boot(top: Path, folder: Path) -> None:
    command = [
        *("setpriv", "--pdeathsig", "KILL"),  # nobody is left to take it down when this process was killed
        "systemd-nspawn",
        "--quiet",
        "--register=no",
        "--keep-unit",
        "--console=pipe",
        "--private-network",
        f"--bind={folder}/share:/checks",
        f"--bind-ro={TESTS}:/tests",
        f"--directory={top}",
        "--boot",
    ]
    subprocess.run(command, stdin=subprocess.DEVNULL, timeout=LONGEST_BOOT + 60, check=True)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], stdin=subprocess.DEVNULL, check=True)


class _own_cgroup:
    """A cgroup for this process and what it boots, in the hierarchies that systemd uses; removed at the end."""

    def __enter__(self) -> None:
        self._made: list[Path] = []
        for line in Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines():
            _, controllers, path = line.split(":", 2)
            for mount in _cgroup_mounts(controllers):
                made = mount / path.lstrip("/") / f"system-tests-{os.getpid()}"
                made.mkdir()
                (made / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
                self._made.append(made)

    def __exit__(self, *_: object) -> None:
        for made in self._made:
            (made.parent / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
            _empty(made)
            for folder in sorted((path for path in made.rglob("*") if path.is_dir()), reverse=True):
                folder.rmdir()
            made.rmdir()


def _empty(cgroup: Path) -> None:
    """Kill what is still alive below, where the system was not taken down in order, and wait until it is gone."""
    deadline = time.monotonic() + 10
    while pids := {pid for file in cgroup.rglob("cgroup.procs") for pid in file.read_text(encoding="ascii").split()}:
        if time.monotonic() > deadline:
            raise RuntimeError(f"these processes can't be killed: {', '.join(sorted(pids))}")
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        time.sleep(0.02)


def _cgroup_mounts(controllers: str) -> list[Path]:
    """Where the hierarchy is mounted, if it is one that systemd keeps its units in."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split()[:3]
        if (controllers == "" and kind == "cgroup2") or (
            controllers.startswith("name=") and kind == "cgroup" and controllers in options.split(",")
        ):
            found.append(Path(left.split()[4]))
    return found[:1]


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # in order: what was booted ends, and the cgroup is removed
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
