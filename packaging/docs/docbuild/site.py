"""What MkDocs calls when it builds the site: the manual pages are added to the pages in ``docs/``."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = "reference"
# The theme's script for light and dark looks for the stylesheets of a highlighter that we leave out, and fails without.
_HEAD = '<meta id="hljs-light"><meta id="hljs-dark"></head>'

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the manual pages in the navigation, whose last part is the reference."""
    assert config.nav is not None
    config.nav[-1]["Reference"] += [f"{REFERENCE}/{name}" for name in reference()]
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add each manual page as a file of the reference (MkDocs' event of this name)."""
    from mkdocs.structure.files import File

    for name, text in reference().items():
        files.append(File.generated(config, f"{REFERENCE}/{name}", content=text))
    return files


def on_post_page(output: str, **_: object) -> str:
    """Mend what the theme has made of a page."""
    return output.replace("</head>", _HEAD, 1)


def on_post_template(output_content: str, **_: object) -> str:
    """The same for the page of what isn't found."""
    return on_post_page(output_content)


@cache
def reference() -> dict[str, str]:
    """The pages of the reference: file → Markdown."""
    # Here, since MkDocs takes back what a hook does to the path when it is loaded.
    sys.path[:0] = [str(ROOT / part) for part in ("packaging/docs", "cmd", "pkg", "internal")]
    from docbuild.generated import directives
    from docbuild.markdown import file_of, files_of, to_markdown
    from docbuild.programs import read_programs
    from docbuild.write import pages

    sources = ROOT / "packaging" / "docs"
    programs, _ = read_programs(ROOT)
    found = pages(sources, programs)
    known, files = directives(programs, sources / "actions"), files_of(found)
    return {file_of(page): to_markdown(page, known, files) for page in found}
