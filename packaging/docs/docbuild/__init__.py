"""Manual pages and shell completions, made from the parsers and tables that the programs themselves use.

::

    pages/NAME.SECTION.md ─┐         ┌─ markup ── roff ──▶ man/NAME.SECTION
    actions/TYPE.md ───────┼─ pages ─┤
    parsers, catalog,      │         └─ markdown ── site ──▶ the reference of the site, see docs/
    journal fields ────────┴─ generated

    parsers ── programs ──┬── bash ──▶ completions/bash/PROGRAM
                          └── zsh ───▶ completions/zsh/_PROGRAM

- ``programs`` turns argparse's and our own parsers into one plain description.
- ``pages`` reads a page's head, and puts what is ``generated`` in the place of its ``@`` lines.
- ``markup`` is the small part of Markdown that the prose is written in, ``roff`` the language of man(7).
- ``site`` is what MkDocs calls: it adds the pages to those that are written in ``docs/``.

Prose stands in ``pages/`` and ``actions/``; to change what a flag's line says, change the parser's help.
"""
