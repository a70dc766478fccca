"""A new user of a host with systemd: the documentation is followed to the letter, from the packages on.

He is no root, may use sudo, and logs in anew for each terminal, so that what ``usermod`` said counts.
"""

from __future__ import annotations

import urllib.request
from pathlib import Path

from support.documents import SYSTEM, steps
from support.reader import Reader
from system.inside.check import check
from system.inside.commands import database, run, show, systemctl

SHARE = Path("/checks")
USER = "reader"
HOME = Path("/home") / USER
QUICKSTART = "docs/quickstart.md"
PAGES = (
    "README.md",
    "docs/howto/secrets.md",
    "docs/howto/hardening.md",
    "docs/howto/backup-and-restore.md",
    "docs/howto/upgrade.md",
    "docs/howto/troubleshooting.md",
    "docs/howto/monitoring.md",
)
"""Those after the quickstart that have commands for a host with systemd."""


def _follow(page: str) -> None:
    environment = {"HOME": str(HOME), "USER": USER, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    reader = Reader(page, HOME, environment, login=("/usr/sbin/runuser", f"--user={USER}", "--"))
    assert reader.follow(steps(SHARE / page), SYSTEM) > 0, f"{page} has no command that runs here"


@check("J5", "J3", vital=True)
def the_quickstart_is_followed_to_the_letter() -> None:
    run("useradd", "--create-home", "--shell=/bin/bash", USER)
    allowed = Path("/etc/sudoers.d") / USER
    allowed.write_text(f"{USER} ALL=(ALL:ALL) NOPASSWD: ALL\n", encoding="ascii")
    allowed.chmod(0o440)
    (HOME / "dist").symlink_to(SHARE)  # as `make deb` leaves it
    _follow(QUICKSTART)


@check("J5", "H1")
def a_new_user_has_a_worker_with_an_action_of_his_own_and_the_pages() -> None:
    job = database("details", "third")
    assert (job["status"], job["result"]) == ("completed", "Hello, Alan!"), job
    assert show("statemachine@greeter.service", "ActiveState")["ActiveState"] == "active"
    token = Path("/etc/statemachine/monitor.token").read_text(encoding="ascii").strip()
    asked = urllib.request.Request("http://127.0.0.1:3001/", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(asked, timeout=10) as page:
        assert page.status == 200
        assert b"<html" in page.read().lower()
    failed = systemctl("list-units", "--failed", "--no-legend")
    assert failed == "", failed


def _check_of(page: str) -> None:
    def follow() -> None:
        _follow(page)

    name = page.rpartition("/")[2].partition(".")[0].lower().replace("-", "_")
    follow.__name__ = f"the_page_{name}_is_followed_to_the_letter"
    check("J5")(follow)


for _page in PAGES:
    _check_of(_page)
