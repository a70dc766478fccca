"""The helper that makes the monitor's token, at the installation and for administrators."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from statemachine_internal.monitor.token import read_token
from unit.deploy.units import DEPLOY

HELPER = DEPLOY / "libexec" / "make-monitor-token"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Programs of this test's, which come before the system's: here the group need not be there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "chgrp").write_text(f'#!/bin/sh\necho "$*" >>"{tmp_path}/groups"\n')
    (folder / "chgrp").chmod(0o755)
    return folder


def make(programs: Path, path: Path, umask: str = "022") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", f'umask {umask}; exec /bin/sh "$0" "$1"', HELPER, path],
        env={"PATH": f"{programs}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.req("H5")
@pytest.mark.parametrize("umask", ["000", "022", "077", "777"])
def test_a_token_is_random_and_for_its_owner_and_the_operators(programs: Path, tmp_path: Path, umask: str) -> None:
    tokens = set()
    for name in ("a", "b"):
        path = tmp_path / name
        done = make(programs, path, umask)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")
        assert oct(path.stat().st_mode & 0o7777) == "0o640"
        assert len(read_token(str(path))) == 48
        tokens.add(path.read_text())
    assert len(tokens) == 2
    assert [line.split()[0] for line in (tmp_path / "groups").read_text().splitlines()] == ["statemachine"] * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "bin", "groups"]


@pytest.mark.req("H5")
def test_one_that_is_there_stays(programs: Path, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("mine")
    path.chmod(0o600)
    assert make(programs, path).returncode == 0
    assert (path.read_text(), oct(path.stat().st_mode & 0o777)) == ("mine", "0o600")


@pytest.mark.req("H5")
def test_what_can_not_be_done_leaves_nothing(programs: Path, tmp_path: Path) -> None:
    path = tmp_path / "token"
    (programs / "chgrp").write_text("#!/bin/sh\necho 'no such group' >&2\nexit 1\n")
    assert make(programs, path).returncode == 1
    (programs / "head").symlink_to("/bin/true")
    done = make(programs, path)
    assert (done.returncode, done.stderr) == (1, "make-monitor-token: the kernel gave no random bytes\n")
    assert [each.name for each in tmp_path.iterdir()] == ["bin"]
