"""The documentation does what it says: each page is followed to the letter, block by block, in a terminal."""

from __future__ import annotations

import contextlib
import shutil
import socket
import sys
from pathlib import Path

import pytest

from support.documents import TERMINAL, blocks, steps
from support.on_path import with_programs
from support.reader import Reader
from support.workspace import ROOT, Workspace

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FOLLOWED = [page for page in PAGES if any(b.place == TERMINAL and b.reason is None for b in blocks(page, "sh"))]


def called(page: Path) -> str:
    return str(page.relative_to(ROOT))


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.req("J5")
@pytest.mark.parametrize("page", FOLLOWED, ids=called)
def test_a_page_is_followed_to_the_letter(workspace: Workspace, page: Path) -> None:
    home = workspace.path / "home"
    home.mkdir()
    shutil.copytree(ROOT / "examples", home / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    env = with_programs(workspace) | {"HOME": str(home), "USER": "reader"}
    env.pop("XDG_STATE_HOME", None)
    (workspace.path / "bin" / "python3").symlink_to(sys.executable)
    reader = Reader(called(page), home, env, {"3001": str(free_port())})
    assert reader.follow(steps(page), TERMINAL) > 0
