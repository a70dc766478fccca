"""``make picture``: the README's picture of the monitor, taken of real machines in a real browser."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from support.workspace import ROOT
from ui.conftest import CHROMIUM
from ui.scene import MACHINES
from ui.stage import Stage, open_stage

FOLDER = ROOT / "docs" / "images"
WIDTH = 1280
PICTURES = {
    "overview": ("#/overview?open=resizer", 640, 640),
    "machine": ("#/machines/orders", 860, 626),
    "jobs": ("#/jobs", 560, 560),
}
"""Name of the file: place of the page, height of the window, and how much of that is kept, in pixels."""
FINISHED = 6
AT_WORK = 34  # percent


def main() -> int:
    """Take the pictures; returns the exit code."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open_stage(MACHINES) as stage, sync_playwright() as playwright:
        play(stage)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with browser.new_context(color_scheme="light", reduced_motion="reduce") as context:
            for name, (place, height, kept) in PICTURES.items():
                page = context.new_page()
                page.set_viewport_size({"width": WIDTH, "height": height})
                page.goto(stage.url(place))
                take(page, FOLDER / f"{name}.png", kept)
                page.close()
        browser.close()
    return 0


def take(page: Page, file: Path, kept: int) -> None:
    """Wait until the page stands still, and keep its upper part."""
    expect(page.locator(".lamp")).to_have_text("live")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    expect(page.get_by_text("Reading…")).to_have_count(0)
    page.evaluate("document.fonts.ready")
    page.screenshot(path=file, clip={"x": 0, "y": 0, "width": WIDTH, "height": kept})
    print(f"{file.relative_to(ROOT)} ({file.stat().st_size // 1024} KiB)")


def play(stage: Stage) -> None:
    """Bring the machines to where the picture wants them."""
    stage.send("mailer", "mail", "delivered", "mail", "refused")
    stage.send("gate", "push", "pull", "push")
    for number in (1041, 1042):
        stage.send("orders", "order", "valid", "printed", "next", payload={"number": number})
    stage.send("orders", "order", "valid", payload={"number": 1043})
    stage.send("orders", "empty", "valid", "filled")
    for number in range(FINISHED):
        stage.add_job(f"photo-{number + 1}", "resize", payload={"file": f"photo-{number + 1}.jpg", "percent": 100})
    stage.add_failed_job("scan-7", type="scan")
    stage.tell("pause", "mailer")
    wait_for(stage, FINISHED, "completed")
    for number in range(7):
        id = f"photo-{FINISHED + number + 1}"
        stage.add_job(id, "resize", payload={"file": f"{id}.jpg", "percent": AT_WORK + 9 * number})
    wait_for(stage, 4, "processing")


def wait_for(stage: Stage, count: int, status: str) -> None:
    """Until so many jobs are there."""
    while stage.query("SELECT count(*) FROM jobs WHERE status = ?", status) != [(count,)]:
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main())
