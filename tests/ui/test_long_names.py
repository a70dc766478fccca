"""Names as long as they may be: the pages stay in their frame, and the whole name is one hover away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from ui.conftest import WIDE, Open
from ui.stage import Stage, open_stage

MACHINE = "m" + "x" * 63
STATE = "s" + "y" * 127
EVENT = "e" + "z" * 127
JOB, TYPE = "j" + "o" * 255, "t" + "p" * 127
GROUP = "g" + "r" * 199
DEFINITION = f"""
name: {MACHINE}
initial_state: idle
state_groups: {{{GROUP}: [{STATE}]}}
transitions:
  - {{from: idle, to: {STATE}, event: {EVENT}}}
  - {{from: {STATE}, event: {EVENT}, actions: [{{type: log, message: {"w" * 300}, level: error}}]}}
"""
SMALLEST: ViewportSize = {"width": 360, "height": 740}
PLACES = {
    "overview": ("#/overview", ".card-state .lit"),
    "overview-table": ("#/overview?view=table", "tbody th"),
    "machine": (f"#/machines/{MACHINE}", ".row-activity_log"),
    "jobs": (f"#/jobs?type={TYPE}", ".job-card"),
    "jobs-filtered": (f"#/jobs?type={TYPE}&machine={MACHINE}", ".column"),
    "jobs-table": ("#/jobs?view=table", "tbody th"),
    "job": (f"#/jobs/{JOB}", ".job-whole"),
    "activity": ("#/activity", ".log-line"),
    "messages": ("#/messages", ".message"),
    "history": (f"#/history?machine={MACHINE}", ".around li"),
}
STICKING_OUT = """
() => [
    ...document.querySelectorAll('.card, .panel, .job-card, .heading > *, .tools > *, .panel-head > *')
].filter(each => {
    const { left, right } = each.getBoundingClientRect();
    const box = each.parentElement.closest('.scroll, .board')?.getBoundingClientRect();
    return !box && right > left && (right > document.documentElement.clientWidth + 1 || left < -1);
}).map(each => each.className || each.tagName)
"""


@pytest.fixture(scope="module")
def long_stage() -> Iterator[Stage]:
    with open_stage({MACHINE: DEFINITION}) as opened:
        opened.send(MACHINE, EVENT, EVENT)
        opened.add_failed_job(JOB, type=TYPE)
        yield opened


@pytest.mark.req("H4")
@pytest.mark.parametrize("place", PLACES)
def test_the_longest_names_stay_in_their_frame(open_page: Open, long_stage: Stage, place: str) -> None:
    address, there = PLACES[place]
    page: Page = open_page(address, on=long_stage)
    expect(page.locator(there).first).to_be_visible()
    for viewport in (WIDE, SMALLEST):
        page.set_viewport_size(viewport)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(STICKING_OUT) == []


@pytest.mark.req("H4")
def test_what_is_cut_off_is_told_in_whole(open_page: Open, long_stage: Stage) -> None:
    page = open_page("#/overview", on=long_stage)
    expect(page.locator(".card-state .lit")).to_have_attribute("title", STATE)
    expect(page.locator(".card header a")).to_have_attribute("title", MACHINE)
    page = open_page(f"#/machines/{MACHINE}", on=long_stage)
    expect(page.locator(f'[data-state="{STATE}"] > title')).to_contain_text(STATE)
