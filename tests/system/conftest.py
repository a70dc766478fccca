"""What the system tests need: root, a cached system, our packages; and the summary with the numbers that they found."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from support.workspace import ROOT
from system.guest import Findings, Guest
from system.root import make_root

BUDGET = 300  # seconds, for all systems together; told, not asserted: the machine has other things to do as well
_FOUND = pytest.StashKey[dict[str, Findings]]()


def _why_not() -> str | None:
    """Why no system can be booted here, if none can."""
    if os.geteuid() != 0:
        return "the system tests boot a system of their own, which takes root: sudo make test-system"
    if os.environ.get("CI"):
        return None  # where they must run, what is missing is a failure
    for program in ("systemd-nspawn", "mmdebstrap", "dpkg-deb"):
        if shutil.which(program) is None:
            return f"the system tests need {program}, which isn't installed: scripts/setup system"
    probe = ["unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    if subprocess.run(probe, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode != 0:
        return "the system tests need mounts of their own, which this machine allows nobody"
    return None


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Our packages, built from this tree."""
    folder = tmp_path_factory.mktemp("packages")
    done = subprocess.run(
        [str(ROOT / "packaging" / "build-deb"), str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"the packages can't be built:\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
    return sorted(folder.glob("*.deb"))


@pytest.fixture(scope="session")
def findings(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Findings]:
    """What the checks of a system found; it is booted at the first question."""
    reason = _why_not()
    if reason is not None:
        pytest.skip(reason)
    found = request.config.stash.setdefault(_FOUND, {})

    def look(system: str) -> Findings:
        if system not in found:
            root = make_root(quiet=True)
            packages: list[Path] = request.getfixturevalue("packages")
            folder = tmp_path_factory.mktemp(f"system-{system}")
            found[system] = Guest(system=system, root=root, packages=packages, folder=folder).run()
        return found[system]

    return look


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was measured."""
    found = config.stash.get(_FOUND, {})
    if not found:
        return
    terminalreporter.section("measured on the booted systems")
    for findings in found.values():
        for line in findings.said():
            terminalreporter.write_line(line)
    seconds = sum(findings.seconds for findings in found.values())
    each = ", ".join(f"{findings.system} {findings.seconds:.0f} s" for findings in found.values())
    terminalreporter.write_line(f"all boots and checks: {seconds:.0f} s ({each}); budget {BUDGET} s")
