"""Ten thousand jobs, a feed of a hundred thousand rows: the pages are there at once and hold what they show."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from ui.conftest import Open
from ui.definitions import DESK
from ui.stage import Stage, open_stage

JOBS, ROWS = 10_000, 100_000
FIRST_ROWS = 1000  # milliseconds from the beginning of the page
ATTEMPTS = 3
MOST_ELEMENTS = 12_000
SINCE_BEGIN = """
selector => new Promise(done => {
    const look = () => document.querySelector(selector) ? done(performance.now()) : requestAnimationFrame(look);
    look();
})
"""
FEED = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
INSERT INTO realtime_events (machine_name, event_type, payload, created)
SELECT 'desk',
       iif(n % 4 = 0, 'state_change', 'activity_log'),
       iif(n % 4 = 0,
           '{"from":"new","to":"checking","event":"submit"}',
           '{"level":"info","message":"line ' || n || '"}'),
       1700000000000000 + n * 1000
FROM numbers
"""


@pytest.fixture(scope="module")
def full_stage() -> Iterator[Stage]:
    with open_stage({"desk": DESK}) as opened:
        opened.fill(FEED, ROWS)
        opened.fill_jobs(JOBS)
        opened.send("desk", "submit")
        yield opened


def opened_in_time(open_page: Open, stage: Stage, place: str, first: str) -> Page:
    """Within a second; or, where the machine has other things to do, in twice the time of a page with one card."""
    times: list[tuple[float, float]] = []
    while len(times) < ATTEMPTS:
        page: Page = open_page(place, on=stage)
        took = page.evaluate(SINCE_BEGIN, first)
        if took < FIRST_ROWS:
            return page
        small = open_page("#/overview", on=stage)
        floor = small.evaluate(SINCE_BEGIN, ".card")
        small.close()
        if took < 2 * floor:
            page.bring_to_front()
            return page
        page.close()
        times.append((took, floor))
    pytest.fail(f"the first rows, and a page with one card, took these milliseconds: {times}")


def elements(page: Page) -> int:
    count: int = page.evaluate("document.querySelectorAll('*').length")
    return count


@pytest.mark.req("H4")
def test_ten_thousand_jobs_as_a_board(open_page: Open, full_stage: Stage) -> None:
    page = opened_in_time(open_page, full_stage, "#/jobs", ".job-card")
    column = page.get_by_role("region", name="pending", exact=True)
    expect(column.locator(".count")).to_have_text("10,000")
    expect(column.locator(".job-card")).to_have_count(30)
    assert elements(page) < MOST_ELEMENTS


@pytest.mark.req("H4")
def test_ten_thousand_jobs_as_a_table(open_page: Open, full_stage: Stage) -> None:
    page = opened_in_time(open_page, full_stage, "#/jobs?view=table", "tbody tr")
    rows = page.locator("tbody tr th")
    for last in (9_901, 9_801, 9_701, 9_601, 9_501):
        expect(rows.last).to_have_text(f"bulk-{last}")
        page.get_by_role("button", name="Older").click()
    expect(rows.last).to_have_text("bulk-9401")
    expect(rows).to_have_count(300)
    expect(rows.first).to_have_text("bulk-9700")
    full_stage.add_job("quite-new")
    page.get_by_role("button", name="Back to the newest").click()
    expect(rows.first).to_have_text("quite-new")
    assert elements(page) < MOST_ELEMENTS


@pytest.mark.req("H4")
def test_a_hundred_thousand_rows_behind_the_log(open_page: Open, full_stage: Stage) -> None:
    page = opened_in_time(open_page, full_stage, "#/activity", ".log-line")
    lines = page.locator(".log-line")
    expect(lines.last).to_contain_text("an order came")
    for shown in (400, 600, 800, 1000, 1000, 1000):
        page.get_by_role("button", name="Older").click()
        expect(lines).to_have_count(shown)
        expect(page.get_by_role("button", name="Older")).to_be_enabled()
    expect(page.get_by_label("Follow")).not_to_be_checked()
    numbers = page.locator(".log-text").evaluate_all(
        "all => all.map(each => Number(each.textContent.match(/line (\\d+)/)?.[1]))"
    )
    assert all(later - earlier in (1, 2) for earlier, later in pairwise(numbers))
    assert elements(page) < MOST_ELEMENTS
    page.get_by_role("button", name="Back to the newest").click()
    expect(lines.last).to_contain_text("an order came")
    expect(page.get_by_label("Follow")).to_be_checked()


@pytest.mark.req("H4")
def test_a_hundred_thousand_rows_behind_a_machine(open_page: Open, full_stage: Stage) -> None:
    page = opened_in_time(open_page, full_stage, "#/machines/desk", ".history-rows tbody tr")
    rows = page.locator(".history-rows tbody tr")
    first = rows.first.inner_text()
    for _ in range(3):
        before = rows.first.inner_text()
        page.get_by_role("button", name="Older").click()
        expect(rows.first).not_to_have_text(before)
        assert rows.count() <= 300
    page.get_by_role("button", name="Back to the newest").click()
    expect(rows.first).to_have_text(first, use_inner_text=True)
    assert elements(page) < MOST_ELEMENTS
