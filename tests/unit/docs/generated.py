"""Reading what the generator wrote, as a reader of the pages would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from support.workspace import ROOT

GENERATOR = ROOT / "packaging" / "generate-docs"
UNITS = ROOT / "deploy" / "systemd"
SCRIPTS: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]

_SIGNS = {r"\-": "-", r"\(aq": "'", r"\(dq": '"', r"\(ti": "~", r"\(ha": "^", r"\(ga": "`", r"\%": "", r"\&": ""}
_SIGN = re.compile("|".join(map(re.escape, _SIGNS)))
_FONT = re.compile(r"\\f[BRI]")
_CODEPOINT = re.compile(r"\\\[u([0-9A-F]{4,6})\]")


@dataclass(frozen=True)
class Generated:
    """The generator's output."""

    folder: Path

    @property
    def pages(self) -> list[Path]:
        """The pages themselves, without those that are another one by a second name."""
        return [path for path in self.all_pages if not path.read_text(encoding="utf-8").startswith(".so ")]

    @property
    def all_pages(self) -> list[Path]:
        return sorted((self.folder / "man").iterdir())

    def page(self, name: str) -> str:
        """The roff of ``NAME.SECTION``."""
        return (self.folder / "man" / name).read_text(encoding="utf-8")

    def completion(self, shell: str, name: str) -> Path:
        return self.folder / "completions" / shell / name


def generate(out: Path, python: str = sys.executable, **variables: str) -> Generated:
    """Run the generator."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "SOURCE_DATE_EPOCH")}
    subprocess.run([python, str(GENERATOR), str(out)], env=env | variables, check=True)
    return Generated(out)


def plain(roff: str) -> str:
    """The text of a page, its lines as they stand in the source."""
    text = _FONT.sub("", roff)
    text = _SIGN.sub(lambda match: _SIGNS[match.group()], text)
    return _CODEPOINT.sub(lambda match: chr(int(match.group(1), 16)), text).replace(r"\e", "\\")


def terms(roff: str) -> set[str]:
    """Every word that a definition list of the page explains: ``--limit``, ``on_unhandled``."""
    lines = roff.splitlines()
    heads = [plain(lines[at + 1]) for at, line in enumerate(lines) if line == ".TP"]
    return {word for head in heads for part in head.split(", ") for word in re.split(r"[ =\[]", part)[:1]}


def part(roff: str, macro: str, title: str) -> str:
    """A section (``SH``) or subsection (``SS``) of a page."""
    ends = r"^\.SH" if macro == "SH" else r"^\.S[HS]"
    start = re.search(rf'^\.{macro} "{re.escape(title)}"$', roff.replace(r"\-", "-"), re.MULTILINE)
    assert start, f"no .{macro} {title}"
    rest = roff.replace(r"\-", "-")[start.end() :]
    end = re.search(ends, rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def examples(roff: str) -> list[str]:
    """The blocks that are set as they were typed."""
    return [plain(block) for block in re.findall(r"^\.EX\n(.*?)^\.EE$", roff, re.MULTILINE | re.DOTALL)]
