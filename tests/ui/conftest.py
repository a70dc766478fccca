"""A stage for all tests of the pages, and a browser for each file of them.

The browser ends with its file: as long as Playwright is at work this thread has a running event loop, and other tests
want one of their own.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright

from ui.stage import Stage, open_stage

CHROMIUM = os.environ.get("STATEMACHINE_CHROMIUM", "/usr/bin/chromium")
SCREENSHOTS = os.environ.get("STATEMACHINE_SCREENSHOTS")
REFUSED = re.compile("net::ERR_(CONNECTION|EMPTY)|WebSocket connection|status of 401")
WIDE: ViewportSize = {"width": 1440, "height": 900}

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """Five machines and a monitor."""
    with open_stage() as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """An empty profile; the tests of a file share its cache."""
    with browser.new_context(viewport=WIDE) as context:
        context.set_default_timeout(10_000)
        yield context


@pytest.fixture
def open_page(profile: BrowserContext, stage: Stage) -> Iterator[Open]:
    """``open_page("#/jobs")`` is a page of the stage, or ``on`` another; a fault in it fails the test."""
    pages: list[Page] = []
    faults: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        # A monitor that is stopped on purpose, or asks for its token, refuses; the pages say so themselves.
        if message.type == "error" and not REFUSED.search(message.text):
            faults.append(f"console: {message.text}")

    def opened(place: str = "", *, on: Stage = stage, calm: bool = False, viewport: ViewportSize = WIDE) -> Page:
        page = profile.new_page()
        pages.append(page)
        page.set_viewport_size(viewport)
        page.emulate_media(reduced_motion="reduce" if calm else "no-preference", color_scheme="light")
        page.on("console", complain)
        page.on("pageerror", lambda error: faults.append(f"page: {error}"))
        page.goto(on.url(place))
        return page

    yield opened
    for page in pages:
        page.evaluate("localStorage.clear()")
        page.close()
    profile.clear_cookies()
    assert faults == []


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where the pictures go: $STATEMACHINE_SCREENSHOTS, else a folder of its own."""
    folder = Path(SCREENSHOTS or tempfile.mkdtemp(prefix="statemachine-screenshots-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
