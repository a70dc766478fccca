"""The units as a checker wants them: in one folder, with programs that are there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.workspace import ROOT

DEPLOY = ROOT / "deploy"
UNITS = DEPLOY / "systemd"
PROGRAMS = ("/usr/bin/statemachine", "/usr/libexec/statemachine/")
IN_CI = bool(os.environ.get("CI"))


def needs(*programs: str) -> None:
    """Skip the test where a program can't be had; in CI it has to be."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing and not IN_CI:
        pytest.skip(f"not installed: {', '.join(missing)}")


def run(*argv: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end; both its outputs are in ``stdout``."""
    return subprocess.run(
        [str(word) for word in argv],
        env=os.environ | {"LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""} | (env or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def unit_folder(below: Path) -> Path:
    """Copies of all units, whose own programs are replaced by one that is everywhere."""
    folder = below / "units"
    folder.mkdir()
    for unit in UNITS.iterdir():
        copy_with_stubs(unit, folder)
    return folder


def copy_with_stubs(unit: Path, folder: Path) -> None:
    """Copy a unit, or a drop-in, so that a checker finds its programs."""
    lines = unit.read_text(encoding="utf-8").splitlines()
    (folder / unit.name).write_text("\n".join(map(_with_a_stub, lines)) + "\n", encoding="utf-8")


def verify(folder: Path, *units: str) -> subprocess.CompletedProcess[str]:
    """systemd-analyze verify on units of a folder, beside those of the system."""
    return run("systemd-analyze", "verify", "--man=no", *units, env={"SYSTEMD_UNIT_PATH": f"{folder}:"})


def pages_that_are_missing(documentation: str) -> list[str]:
    """Which of the manual pages that a Documentation= names, ``man:NAME(SECTION)`` each, aren't written."""
    pages = ROOT / "packaging" / "docs" / "pages"
    words = documentation.split()
    assert words
    found = [re.fullmatch(r"man:(\S+)\((\d)\)", word) for word in words]
    return [
        word
        for word, match in zip(words, found, strict=True)
        if match is None or not (pages / f"{match[1]}.{match[2]}.md").is_file()
    ]


def _with_a_stub(line: str) -> str:
    key, equals, command = line.partition("=")
    if key.startswith("Exec") and equals:
        words = ["/bin/true" if word.lstrip("+").startswith(PROGRAMS) else word for word in command.split(" ")]
        return f"{key}={' '.join(words)}"
    return line
