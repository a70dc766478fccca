"""``apt install ./statemachine*.deb``, without a network."""

from __future__ import annotations

import grp
import pwd
from pathlib import Path

from system.inside.check import check
from system.inside.commands import OPERATOR, STRANGER, Wrong, run, systemctl
from system.inside.report import say

SHARE = Path("/checks")


@check("J3", vital=True)
def apt_installs_the_packages_and_downloads_nothing() -> None:
    packages = [str(path) for path in sorted(SHARE.glob("statemachine*.deb"))]
    if not packages:
        raise Wrong("no package was built")
    said = run("apt-get", "install", "--yes", *packages, timeout=120).stdout
    if "Need to get 0 B" not in said and "Need to get" in said:
        raise Wrong(f"apt would download:\n{said}")
    for name in {Path(package).name.partition("_")[0] for package in packages}:
        status = run("dpkg-query", "--show", "--showformat=${db:Status-Status}", name).stdout
        assert status == "installed", f"{name} is {status}"
    assert "http://127.0.0.1:3001/ asks for the token in /etc/statemachine/monitor.token" in said, said


@check("J3", vital=True)
def the_installation_leaves_user_folders_and_nothing_failed() -> None:
    pwd.getpwnam("statemachine")
    grp.getgrnam("statemachine")
    for folder in ("/etc/statemachine", "/var/lib/statemachine", "/run/statemachine"):
        assert Path(folder).is_dir(), f"{folder} is missing"
    failed = systemctl("list-units", "--failed", "--no-legend")
    assert failed == "", failed
    run(
        "systemd-sysusers", "--inline", f"u {OPERATOR} - - /tmp", f"u {STRANGER} - - /tmp", f"m {OPERATOR} statemachine"
    )


@check("J1")
def systemd_analyze_finds_nothing_wrong_with_the_units() -> None:
    units = run(
        "sh", "-c", "dpkg -L statemachine statemachine-monitor | grep -E 'systemd/system/[^/]+$'"
    ).stdout.split()
    assert units, "no unit is installed"
    names = [unit.replace("@.", "@worker.") for unit in (Path(path).name for path in units)]
    done = run("systemd-analyze", "verify", "--man=no", *names, ok=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, ""), done.stdout + done.stderr


@check("J1")
def the_units_are_as_little_exposed_as_promised() -> None:
    for unit, most in (("statemachine@worker.service", 1.5), ("statemachine-monitor.service", 0.5)):
        said = run("systemd-analyze", "security", "--no-pager", unit, ok=False).stdout
        exposure = float(said.rsplit(": ", 1)[1].split()[0])
        say(f"exposure of {unit}: {exposure} (at most {most})")
        assert exposure <= most, said
