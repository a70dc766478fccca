"""The pages as Markdown, for the site: their markup is a part of it, and what differs is put right here.

::

    # HEADING              ## Heading
    **statemachine**(1)    a link, where there is such a page
    **HEADING**            a link to that part of the same page
    <                      &lt;
    an indented ```        an indented block of code: fences are understood at the margin alone
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from .pages import Directives, Page, filled

_CODE = re.compile(r"(`[^`]+`)")
_PAGE = re.compile(r"\*\*([\w@.-]+)\*\*\((\d)\)")
_PART = re.compile(r"\*\*([A-Z][A-Z -]+)\*\*")
_FENCE = "```"
_INDENT = "    "


def file_of(page: Page) -> str:
    """The file of a page in the folder of the reference."""
    return f"{page.file}.md"


def files_of(pages: Iterable[Page]) -> dict[str, str]:
    """``NAME.SECTION`` of each page, under all names that it has → its file."""
    return {f"{name}.{page.section}": file_of(page) for page in pages for name in page.names}


def to_markdown(page: Page, directives: Directives, files: Mapping[str, str]) -> str:
    """The page; ``files`` are what it may link to."""
    body = filled(page, directives).splitlines()
    parts = {line[2:] for line in body if line.startswith("# ")}
    summary = _inline(page.summary[:1].upper() + page.summary[1:], files, parts)
    return "\n".join([f"# {page.names[0]}({page.section})", "", f"{summary}.", "", *_lines(body, files, parts), ""])


def _lines(body: list[str], files: Mapping[str, str], parts: Collection[str]) -> Iterator[str]:
    fence: str | None = None  # the indentation of the block of code that we are in
    for line in body:
        start = line.lstrip()
        if start.startswith(_FENCE):
            begins = fence is None
            indent = line[: len(line) - len(start)]
            fence = indent if begins else None
            if not indent:
                yield line
            elif begins:
                yield ""
        elif fence is not None:
            yield _INDENT + line if fence else line
        elif line.startswith("## "):
            yield f"### {line[3:]}"
        elif line.startswith("# "):
            yield f"## {_title(line[2:])}"
        else:
            yield _inline(line, files, parts)


def _title(heading: str) -> str:
    return heading.capitalize().replace(" ids", " IDs")


def _inline(words: str, files: Mapping[str, str], parts: Collection[str]) -> str:
    """Prose: links, and what HTML would take for its own. Code stays."""

    def page(match: re.Match[str]) -> str:
        name, section = match.groups()
        file = files.get(f"{name}.{section}")
        return match.group() if file is None else f"[{name}({section})]({file})"

    def part(match: re.Match[str]) -> str:
        title = _title(match.group(1))
        return f"[{title}](#{title.lower().replace(' ', '-')})" if match.group(1) in parts else match.group()

    pieces = _CODE.split(words)
    pieces[::2] = [_PART.sub(part, _PAGE.sub(page, piece.replace("<", "&lt;"))) for piece in pieces[::2]]
    return "".join(pieces)
