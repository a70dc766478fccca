"""The Debian system that the system tests boot: made once by mmdebstrap from the machine's own apt sources, and cached.

``python3 -m system.root`` makes it where it is missing, and says what it does; the tests do the same silently. With
``--is-there`` it only looks: exit status 0 if it is there.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = (
    "apt",
    "curl",
    "dbus",
    "init-system-helpers",
    "polkitd",
    "python3",
    "python3-apsw",
    "python3-fastapi",
    "python3-sdnotify",
    "python3-structlog",
    "python3-systemd",
    "python3-uvicorn",
    "python3-websockets",
    "python3-yaml",
    "sudo",
    "systemd",
    "systemd-sysv",
)
"""What is in it: an init, what our packages depend on, so that their installation needs no network, what an
administrator may give them besides, and what the commands of the documentation begin with."""

_ACQUIRE = ("proxy", "check-", "cainfo", "retries")
"""The settings of apt that say how to reach the archive and what to believe of it."""


def codename() -> str:
    """The release of this machine, such as ``bookworm``; the system is of the same one."""
    return platform.freedesktop_os_release()["VERSION_CODENAME"]


def root_path() -> Path:
    """Where the system is, or will be: another list of packages, or another release, is another folder."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    key = hashlib.sha256("\n".join([codename(), *PACKAGES]).encode()).hexdigest()[:12]
    return cache / "statemachine-engine" / f"system-root-{key}"


def sources() -> list[str]:
    """The lines of the machine's own apt sources that are about its release."""
    release = codename()
    form = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    listed = _output("apt-get", "indextargets", "--format", form, "Created-By: Packages")
    lines = dict.fromkeys(line for line in listed.splitlines() if line.split()[1].partition("-")[0] == release)
    return [f"deb {line}" for line in lines]


def make_root(*, quiet: bool) -> Path:
    """Make the system where it is missing; one who makes it at the same time is waited for."""
    root = root_path()
    root.parent.mkdir(parents=True, exist_ok=True)
    with (root.parent / f"{root.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.exists():
            _make(root, quiet)
    return root


def _make(root: Path, quiet: bool) -> None:
    unfinished = root.with_name(f"{root.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    form = '%F "%v";%n'
    settings = _output("apt-config", "dump", "--format", form, "Acquire").splitlines()
    wanted = [line for line in settings if any(word in line.lower() for word in _ACQUIRE) and not line.endswith('"";')]
    command = [
        "mmdebstrap",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        *(f"--aptopt={line}" for line in wanted),
        codename(),
        str(unfinished),
        *sources(),
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=quiet, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise RuntimeError(f"mmdebstrap ended with {done.returncode}: {(done.stderr or '').strip()[-2000:]}")
    unfinished.rename(root)


def _output(*command: str) -> str:
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    if sys.argv[1:] == ["--is-there"]:
        sys.exit(not root_path().exists())
    try:
        make_root(quiet=False)
    except (RuntimeError, OSError) as error:
        sys.exit(f"the system to boot could not be made: {error}")
