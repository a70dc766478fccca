r"""The small part of Markdown that pages are written in, and its way into man(7).

::

    # HEADING             .SH                 `literal`    bold, as it is typed
    ## Heading            .SS                 **bold**
    text                  .PP                 *variable*   italic, what stands for something else
    - item                .IP \(bu            \*           a sign that means nothing else
    term                  .TP
    :   what it is,       (further blocks of the same item are indented by four)
    ```language … ```     .EX

Indented blocks belong to the item above them. A blank line ends a paragraph.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from . import roff

_INLINE = re.compile(r"\\(?P<escaped>.)|`(?P<code>[^`]+)`|\*\*(?P<bold>.+?)\*\*|\*(?P<italic>[^*]+)\*")
_NEXT_SENTENCE = re.compile(r"(?<=[.!?]) +(?=[A-Z*`])")
_LINE = 78
_FENCE = "```"
_ITEM = ":   "
_BULLET = "- "
_INDENT = "    "


def plain(words: str) -> str:
    """Markup that shows ``words`` as they are."""
    return re.sub(r"([\\`*])", r"\\\1", words)


def to_roff(source: str) -> str:
    """Lines of man(7) for a text in markup."""
    return "\n".join(_blocks(source.splitlines(), first=True)) + "\n"


def inline(words: str) -> str:
    """One paragraph's text: fonts and escapes."""
    made: list[str] = []
    at = 0
    for match in _INLINE.finditer(words):
        made.append(roff.text(words[at : match.start()]))
        kind, inside = match.lastgroup, match.group(match.lastgroup or 0)
        if kind == "escaped":
            made.append(roff.text(inside))
        elif kind == "italic":
            made.append(rf"\fI{roff.word(inside)}\fR")
        else:
            made.append(rf"\fB{roff.word(inside)}\fR")
        at = match.end()
    made.append(roff.text(words[at:]))
    return "".join(made)


def _blocks(lines: list[str], *, first: bool) -> Iterator[str]:
    """``first``: no macro that asks for space stands before the first paragraph."""
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif line.startswith("## "):
            yield f".SS {roff.argument(line[3:])}"
            at, first = at + 1, True
        elif line.startswith("# "):
            yield f".SH {roff.argument(line[2:])}"
            at, first = at + 1, True
        elif line.startswith(_FENCE):
            end = next(i for i in range(at + 1, len(lines)) if lines[i].startswith(_FENCE))
            yield from _code(lines[at + 1 : end], first=first)
            at, first = end + 1, False
        elif line.startswith(_BULLET):
            end = _end_of_item(lines, at + 1)
            yield r".IP \(bu 2"
            yield from _blocks([line[2:], *(rest.removeprefix("  ") for rest in lines[at + 1 : end])], first=True)
            at, first = end, False
        elif at + 1 < len(lines) and lines[at + 1].startswith(_ITEM):
            end = _end_of_item(lines, at + 2)
            yield from _item(line, [lines[at + 1][4:], *(rest.removeprefix(_INDENT) for rest in lines[at + 2 : end])])
            at, first = end, False
        else:
            end = _end_of_paragraph(lines, at)
            if not first:
                yield ".PP"
            yield from _filled(" ".join(lines[at:end]))
            at, first = end, False


def _filled(words: str) -> Iterator[str]:
    """A paragraph as short lines of input, a sentence beginning a new one."""
    for sentence in _NEXT_SENTENCE.split(" ".join(words.split())):
        for made in textwrap.wrap(inline(sentence), _LINE, break_long_words=False, break_on_hyphens=False):
            yield roff.line(made)


def _end_of_paragraph(lines: list[str], at: int) -> int:
    while at < len(lines) and lines[at].strip() and not lines[at].startswith((_FENCE, _BULLET, "# ", "## ")):
        if at + 1 < len(lines) and lines[at + 1].startswith(_ITEM):
            break
        at += 1
    return at


def _end_of_item(lines: list[str], at: int) -> int:
    """Past the indented lines, and the blank ones between them."""
    end = at
    while at < len(lines) and (not lines[at].strip() or lines[at].startswith("  ")):
        at += 1
        if lines[at - 1].strip():
            end = at
    return end


def _item(term: str, body: list[str]) -> Iterator[str]:
    split = next((i for i, line in enumerate(body) if not line.strip() or line.startswith(_FENCE)), len(body))
    yield ".TP"
    yield roff.line(inline(term))
    yield from _blocks(body[:split], first=True)
    rest = body[split:]
    if any(line.strip() for line in rest):
        yield ".RS"
        yield from _blocks(rest, first=False)
        yield ".RE"


def _code(lines: list[str], *, first: bool) -> Iterator[str]:
    if not first:
        yield ".PP"
    yield ".RS 4"
    yield ".EX"
    yield from (roff.line(roff.literal(line)) for line in lines)
    yield ".EE"
    yield ".RE"
