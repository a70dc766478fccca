"""The program: reads the sources, writes OUTDIR."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from statemachine_internal.version import VERSION

from . import bash, zsh
from .generated import directives
from .pages import Page, page_of, read_page, render
from .programs import Program, read_programs

MODE = 0o644


def main(arguments: list[str], root: Path) -> int:
    """Write pages and completions below OUTDIR; returns the exit status."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: packaging/generate-docs OUTDIR", file=sys.stderr)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    out, sources = Path(arguments[0]), root / "packaging" / "docs"
    programs, aliases = read_programs(root)
    for page in pages(sources, programs):
        known = directives(programs, sources / "actions")
        _write(out / "man" / page.file, render(page, known, date=_date(), version=VERSION))
        for name in page.names[1:]:
            _refer(out / "man" / f"{name}.{page.section}", page.file)
    for alias, name in aliases.items():
        _refer(out / "man" / f"{alias}.1", f"{name}.1")
    templates = sources / "completions"
    for program in programs.values():
        names = [program.name, *(alias for alias, name in aliases.items() if name == program.name)]
        script = bash.completion(program, names, templates / "program.bash")
        for name in names:  # bash looks for a file of the command's name
            _write(out / "completions" / "bash" / name, script)
        script = zsh.completion(program, names, templates / "program.zsh")
        _write(out / "completions" / "zsh" / f"_{program.name}", script)
    return 0


def pages(sources: Path, programs: dict[str, Program]) -> list[Page]:
    """Every page: those with a source, and those that a parser alone makes."""
    written = [read_page(path) for path in sorted((sources / "pages").glob("*.md"))]
    known = {page.names[0] for page in written}
    return written + [page_of(program) for name, program in programs.items() if name not in known]


def _date() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    return moment.strftime("%Y-%m-%d")


def _refer(path: Path, to: str) -> None:
    """A page that is another one by a second name."""
    _write(path, f".so man{path.suffix[1:]}/{to}\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(MODE)
