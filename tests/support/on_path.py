"""Our programs under the names that people type, for scripts that find them by PATH."""

from __future__ import annotations

import os
import shlex

from support.workspace import MODULES, Workspace, program_argv


def with_programs(workspace: Workspace) -> dict[str, str]:
    """The workspace's environment, with a folder of our programs first in PATH."""
    folder = workspace.path / "bin"
    folder.mkdir(exist_ok=True)
    for name in MODULES:
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec {shlex.join(program_argv(name))} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
    return workspace.env | {"PATH": f"{folder}{os.pathsep}{workspace.env.get('PATH', os.defpath)}"}
