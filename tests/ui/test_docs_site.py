"""The documentation in a browser: its search finds what a reader looks for, and nothing is fetched from elsewhere."""

from __future__ import annotations

import functools
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from support.workspace import ROOT


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site."""
    folder: Path = tmp_path_factory.mktemp("site")
    configuration = ROOT / "packaging" / "docs" / "mkdocs.yml"
    argv = [sys.executable, "-m", "mkdocs", "build", "-f", str(configuration), "-d", str(folder)]
    subprocess.run(argv, check=True, capture_output=True)
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.req("J5")
def test_the_search_finds_a_key_and_leads_to_it(browser: Browser, site: str) -> None:
    context = browser.new_context()
    context.set_default_timeout(10_000)
    asked: list[str] = []
    faults: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    with page.expect_console_message(lambda message: "search ready" in message.text):
        page.goto(f"{site}/index.html")
    page.get_by_role("link", name="Search").click()
    page.get_by_role("searchbox").press_sequentially("on_unhandled")
    found = page.locator("#mkdocs-search-results").get_by_role("link", name="Top-level keys")
    found.first.click()
    expect(page.get_by_role("heading", name="Top-level keys")).to_be_visible()
    assert "statemachine.yaml.5.html" in page.url
    assert [url for url in asked if not url.startswith((site, "data:"))] == []
    assert faults == []
    context.close()
