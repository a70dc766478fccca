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
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from ui.stage import Stage, open_stage

CHROMIUM = os.environ.get("STATEMACHINE_CHROMIUM", "/usr/bin/chromium")
SCREENSHOTS = os.environ.get("STATEMACHINE_SCREENSHOTS")
REFUSED = re.compile("net::ERR_(CONNECTION|EMPTY)|WebSocket connection|status of 401")
WIDE = {"width": 1440, "height": 900}

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


@pytest.fixture
def open_page(browser: Browser, stage: Stage) -> Iterator[Open]:
    """``open_page("#/jobs", color_scheme="dark")``: a page with a profile of its own; a fault in it fails the test."""
    contexts, faults = [], []

    def complain(message: ConsoleMessage) -> None:
        # A monitor that is stopped on purpose, or asks for its token, refuses; the pages say so themselves.
        if message.type == "error" and not REFUSED.search(message.text):
            faults.append(f"console: {message.text}")

    def opened(place: str = "", *, on: Stage = stage, **options: object) -> Page:
        context = browser.new_context(**{"viewport": WIDE, **options})  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", complain)
        page.on("pageerror", lambda error: faults.append(f"page: {error}"))
        page.goto(on.url(place))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where the pictures go: $STATEMACHINE_SCREENSHOTS, else a folder of its own."""
    folder = Path(SCREENSHOTS or tempfile.mkdtemp(prefix="statemachine-screenshots-"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
