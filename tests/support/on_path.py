"""Our programs under the names that people type, for scripts that find them by PATH."""

from __future__ import annotations

import os
import shlex
import sys
import tomllib

from support.workspace import ROOT, Workspace

SCRIPTS: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]


def with_programs(workspace: Workspace) -> dict[str, str]:
    """The workspace's environment, with a folder of our programs first in PATH."""
    folder = workspace.path / "bin"
    folder.mkdir(exist_ok=True)
    for name, target in SCRIPTS.items():
        argv = [sys.executable, "-m", target.partition(":")[0]]
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec {shlex.join(argv)} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    return workspace.env | {"PATH": f"{folder}{os.pathsep}{workspace.env.get('PATH', os.defpath)}"}
