"""From the source of a page to a manual page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import roff
from .generated import arguments, synopsis
from .markup import inline, plain, to_roff
from .programs import Program

MANUALS = {
    "1": "User Commands",
    "5": "File Formats",
    "7": "Miscellaneous Information",
    "8": "System Administration",
}
DIRECTIVE = "@"
Directives = Mapping[str, Callable[[str], str]]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: ``names`` are all that whatis(1) knows it by, the first of them its own; ``body`` is markup."""

    names: tuple[str, ...]
    section: str
    summary: str
    body: str

    @property
    def file(self) -> str:
        return f"{self.names[0]}.{self.section}"


def read_page(path: Path) -> Page:
    """The page in ``NAME.SECTION.md``: a first line ``name, name - summary``, a blank one, and the body."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    names, _, summary = " ".join(head.split()).partition(" - ")
    section = path.name.removesuffix(".md").rpartition(".")[2]
    return Page(names=tuple(names.split(", ")), section=section, summary=summary, body=body)


def page_of(program: Program) -> Page:
    """The page of a program that has no prose of its own."""
    whole = program.whole
    summary = whole.summary.rstrip(".")
    parts = [f"# SYNOPSIS\n\n{synopsis(program.name, whole)}", f"# DESCRIPTION\n\n{plain(summary)}."]
    parts.append(f"# OPTIONS\n\n{arguments(whole)}")
    if whole.example:
        parts.append(f"# EXAMPLES\n\n```sh\n{whole.example}\n```")
    parts.append("# SEE ALSO\n\n**statemachine**(1), **statemachine-db**(1), **statemachine.yaml**(5)\n")
    return Page(
        names=(program.name,),
        section="1",
        summary=plain(summary[:1].lower() + summary[1:]),
        body="\n\n".join(parts),
    )


def render(page: Page, directives: Directives, *, date: str, version: str) -> str:
    """The page in man(7)."""
    name, section = page.names[0], page.section
    head = f'{name.upper()} {section} {date} "statemachine {version}" "{MANUALS[section]}"'
    names = ", ".join(roff.literal(known) for known in page.names)
    return f".TH {head}\n.SH NAME\n{names} \\- {inline(page.summary)}\n{to_roff(filled(page, directives))}"


def filled(page: Page, directives: Directives) -> str:
    """The page's body, with what its ``@`` lines stand for."""
    return "\n".join(_filled(line, directives) for line in page.body.splitlines())


def _filled(line: str, directives: Directives) -> str:
    name, _, rest = line.removeprefix(DIRECTIVE).partition(" ")
    return directives[name](rest.strip()) if line.startswith(DIRECTIVE) else line
