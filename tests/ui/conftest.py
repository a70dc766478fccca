"""A stage for all tests of the pages, one browser for them, and an empty profile for each.

As long as Playwright is at work its thread has a running event loop, and other tests want one of their own: the browser
ends with the last of the tests here, not with the session.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

from ui.stage import Stage, open_stage

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("STATEMACHINE_CHROMIUM", "/usr/bin/chromium")
SCREENSHOTS = os.environ.get("STATEMACHINE_SCREENSHOTS")
REFUSED = re.compile(
    "net::ERR_(CONNECTION|EMPTY|CONTENT_LENGTH|INCOMPLETE)|WebSocket connection|status of (401|404|503)"
)
TIMEOUT = 30_000.0  # milliseconds, for a machine that has other things to do as well
WIDE: ViewportSize = {"width": 1440, "height": 900}

Open = Callable[..., Page]
expect.set_options(timeout=TIMEOUT)


class OneBrowser:
    """Chromium, from the first test that wants it to the last test of this folder."""

    def __init__(self) -> None:
        self._playwright = sync_playwright()
        self._launched: Browser | None = None

    def browser(self) -> Browser:
        if self._launched is None:
            playwright = self._playwright.start()
            self._launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        return self._launched

    def close(self) -> None:
        if self._launched is not None:
            self._launched.close()
            self._playwright.__exit__()
            self._playwright, self._launched = sync_playwright(), None


ONE_BROWSER = OneBrowser()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    if nextitem is None or HERE not in nextitem.path.parents:
        ONE_BROWSER.close()


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """Five machines and a monitor."""
    with open_stage() as opened:
        yield opened


@pytest.fixture
def browser() -> Browser:
    return ONE_BROWSER.browser()


@pytest.fixture
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """An empty profile: no cache, no cookie, nothing remembered."""
    with browser.new_context(viewport=WIDE) as context:
        context.set_default_timeout(TIMEOUT)
        yield context


@pytest.fixture
def open_page(profile: BrowserContext, stage: Stage) -> Iterator[Open]:
    """``open_page("#/jobs")`` is a page of the stage, or ``on`` another; a fault in it fails the test."""
    faults: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        # A monitor that is stopped, has no database or asks for its token refuses; the pages say so themselves.
        if message.type == "error" and not REFUSED.search(message.text):
            faults.append(f"console: {message.text}")

    def opened(place: str = "", *, on: Stage = stage, calm: bool = False, viewport: ViewportSize = WIDE) -> Page:
        page = profile.new_page()
        page.set_viewport_size(viewport)
        page.emulate_media(reduced_motion="reduce" if calm else "no-preference", color_scheme="light")
        page.on("console", complain)
        page.on("pageerror", lambda error: faults.append(f"page: {error}"))
        page.goto(on.url(place))
        return page

    yield opened
    assert faults == []


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where the pictures go: $STATEMACHINE_SCREENSHOTS, else a folder of its own."""
    folder = Path(SCREENSHOTS or tempfile.mkdtemp(prefix="statemachine-screenshots-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
