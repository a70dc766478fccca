"""The site: it is built without a complaint, and has every page of ours and of the manual; its search knows them."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import pytest

from support.workspace import ROOT
from unit.docs.generated import Generated, terms

CONFIGURATION = ROOT / "packaging" / "docs" / "mkdocs.yml"
ASSETS = {"link": "href", "script": "src", "img": "src", "iframe": "src"}
needs_mkdocs = pytest.mark.skipif(
    find_spec("mkdocs") is None, reason="mkdocs is in the venv alone; Debian's packages don't need it"
)


@dataclass(frozen=True)
class Site:
    """The site that was built."""

    folder: Path

    @property
    def pages(self) -> list[Path]:
        return sorted(self.folder.rglob("*.html"))

    def reference(self, page: str) -> str:
        """The HTML of ``NAME.SECTION``."""
        return (self.folder / "reference" / f"{page}.html").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """What ``make docs`` builds."""
    folder = tmp_path_factory.mktemp("site")
    argv = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(CONFIGURATION), "-d", str(folder)]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PYTHONWARNINGS": "ignore"}
    done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    assert [line for line in done.stderr.splitlines() if line.startswith(("WARNING", "ERROR"))] == []
    return Site(folder)


class Outside(HTMLParser):
    """Collects what a browser would fetch from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get(ASSETS.get(tag, ""))
        if address and re.match(r"(https?:)?//", address):
            self.found.append(address)


@needs_mkdocs
@pytest.mark.req("J5")
def test_every_page_of_ours_and_of_the_manual_is_in_the_site(site: Site, docs: Generated) -> None:
    ours = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}
    manual = {Path("reference") / f"{page.name}.html" for page in docs.pages}
    assert {page.relative_to(site.folder) for page in site.pages} == ours | manual | {Path("404.html")}


@needs_mkdocs
@pytest.mark.req("J5")
def test_a_reader_is_led_to_every_page_of_the_manual(site: Site, docs: Generated) -> None:
    index = (site.folder / "reference" / "index.html").read_text(encoding="utf-8")
    table = index[index.index("<table>") : index.index("</table>")]
    assert [page.name for page in docs.pages if f'href="{page.name}.html"' not in unquote(table)] == []


@needs_mkdocs
@pytest.mark.req("J5")
def test_the_search_knows_every_page(site: Site) -> None:
    index = json.loads((site.folder / "search" / "search_index.json").read_text(encoding="utf-8"))
    known = {unquote(entry["location"].partition("#")[0]) for entry in index["docs"]}
    assert {str(page.relative_to(site.folder)) for page in site.pages} - {"404.html"} == known
    assert any("wait_for_jobs" in entry["title"] for entry in index["docs"])
    for script in ("main.js", "worker.js", "lunr.js"):
        assert (site.folder / "search" / script).is_file()


@needs_mkdocs
@pytest.mark.req("J5")
def test_a_browser_fetches_nothing_from_elsewhere(site: Site) -> None:
    for page in site.pages:
        outside = Outside()
        outside.feed(page.read_text(encoding="utf-8"))
        assert outside.found == [], page.name
    styles = "".join(path.read_text(encoding="utf-8") for path in site.folder.rglob("*.css"))
    assert re.findall(r"@import[^;]*//|url\(['\"]?https?:", styles) == []


@needs_mkdocs
@pytest.mark.req("J5")
def test_what_the_manual_explains_stands_in_the_site(site: Site, docs: Generated) -> None:
    for page in docs.pages:
        shown = html.unescape(re.sub(r"<[^>]+>", "", site.reference(page.name)))
        lost = [term for term in terms(page.read_text(encoding="utf-8")) if term not in shown]
        assert lost == [], page.name


@needs_mkdocs
@pytest.mark.req("J5")
def test_pages_of_the_manual_link_to_each_other(site: Site) -> None:
    shown = html.unescape(site.reference("statemachine@.service.8"))
    assert 'href="statemachine-db.1.html"' in shown
    assert 'href="#drop-ins"' in site.reference("statemachine@.service.8")
    assert "**" not in re.sub(r"<code>.*?</code>|<pre>.*?</pre>", "", shown, flags=re.DOTALL)


@needs_mkdocs
@pytest.mark.req("J5")
def test_examples_keep_their_text(site: Site) -> None:
    shown = html.unescape(re.sub(r"<[^>]+>", "", site.reference("statemachine.yaml.5")))
    assert "  - {from: waiting, to: working, event: new_image}" in shown
    assert "{{name}}" in shown


@needs_mkdocs
@pytest.mark.req("J5")
def test_a_broken_link_stops_the_build(tmp_path: Path) -> None:
    copy = tmp_path / "tree"
    for part in ("cmd", "pkg", "internal", "packaging", "docs"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    with (copy / "docs" / "quickstart.md").open("a", encoding="utf-8") as page:
        page.write("\n[nowhere](howto/nowhere.md)\n")
    argv = [sys.executable, "-m", "mkdocs", "build", "-f", str(copy / "packaging/docs/mkdocs.yml")]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "nowhere.md" in done.stdout + done.stderr
