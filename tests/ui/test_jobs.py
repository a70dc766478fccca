"""Jobs as a board and a table, and what one orders for one of them or for many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from ui.conftest import Open
from ui.stage import Stage

FAILED = ("bad-1", "bad-2", "bad-3")


@pytest.fixture
def jobs(stage: Stage) -> Iterator[None]:
    """Three jobs that failed, and one that waits for nobody."""
    clear(stage)
    for id in FAILED:
        stage.add_failed_job(id, payload={"html": "<img src=x onerror=boom()>"})
    stage.add_job("waits")
    yield
    clear(stage)


def clear(stage: Stage) -> None:
    for (id,) in stage.query("SELECT id FROM jobs WHERE status <> 'processing'"):
        stage.post(f"jobs/{id}/remove")


@pytest.fixture
def board(open_page: Open, jobs: None) -> Page:  # noqa: ARG001
    return open_page("#/jobs")


@pytest.fixture
def table(open_page: Open, jobs: None) -> Page:  # noqa: ARG001
    return open_page("#/jobs?view=table&status=failed")


def column(page: Page, status: str) -> Locator:
    return page.get_by_role("region", name=status, exact=True)


@pytest.mark.req("H4")
def test_the_board_has_a_column_for_each_status(board: Page, stage: Stage) -> None:
    expect(column(board, "failed").locator(".job-card > a")).to_have_text(["bad-3", "bad-2", "bad-1"])
    expect(column(board, "failed").locator(".count")).to_have_text("3")
    expect(column(board, "pending").locator(".job-card > a")).to_have_text(["waits"])
    stage.add_job("quick", "resize")
    expect(column(board, "completed").locator(".job-card > a")).to_have_text(["quick"])


@pytest.mark.req("H4")
def test_a_job_whose_time_comes_waits_no_more(board: Page, stage: Stage) -> None:
    expect(board.locator(".lamp")).to_have_text("live")
    soon = datetime.now(UTC) + timedelta(seconds=4)
    stage.add_job("soon", "for-nobody", run_after=soon.isoformat())
    expect(column(board, "scheduled").get_by_role("link", name="soon")).to_be_visible()
    expect(column(board, "pending").get_by_role("link", name="soon")).to_be_visible()
    expect(column(board, "scheduled").get_by_role("link", name="soon")).to_have_count(0)
    expect(column(board, "scheduled").locator(".count")).to_have_text("0")


@pytest.mark.req("H4")
def test_a_job_in_whole(board: Page, stage: Stage) -> None:
    stage.add_job("whole", "resize", payload={"n": "<b>1</b>"})
    column(board, "completed").get_by_role("link", name="whole").click()
    detail = board.get_by_role("complementary", name="Job whole")
    expect(detail.get_by_role("heading", name="whole")).to_be_focused()
    expect(detail).to_contain_text("job started")
    expect(detail).to_contain_text("job completed")
    expect(detail).to_contain_text("size: 12")
    expect(detail).to_contain_text('"<b>1</b>"')
    board.keyboard.press("Escape")
    expect(detail).to_have_count(0)


@pytest.mark.req("H4")
def test_one_job_is_retried_cancelled_and_removed(board: Page, stage: Stage) -> None:
    column(board, "failed").get_by_role("link", name="bad-1").click()
    detail = board.get_by_role("complementary", name="Job bad-1")
    expect(detail.get_by_role("button", name="Cancel")).to_be_disabled()
    detail.get_by_role("button", name="Retry").click()
    expect(column(board, "pending").get_by_role("link", name="bad-1")).to_be_visible()
    detail.get_by_role("button", name="Cancel").click()
    board.get_by_role("dialog").get_by_role("button", name="Cancel it").click()
    expect(column(board, "cancelled").get_by_role("link", name="bad-1")).to_be_visible()
    detail.get_by_role("button", name="Remove").click()
    board.get_by_role("dialog").get_by_role("button", name="Remove it").click()
    expect(column(board, "cancelled").locator(".job-card")).to_have_count(0)
    assert stage.query("SELECT count(*) FROM jobs WHERE id = 'bad-1'") == [(0,)]


@pytest.mark.req("H4")
def test_all_that_fit_are_retried(table: Page, stage: Stage) -> None:
    expect(table.locator("tbody tr")).to_have_count(3)
    table.get_by_role("button", name="Retry all").click()
    table.get_by_role("dialog").get_by_role("button", name=re.compile("^Retry all")).click()
    expect(table.locator(".notice")).to_have_text(re.compile("^3 jobs retried"))
    expect(table.locator(".job-list")).to_contain_text("No job fits")
    assert stage.query("SELECT count(*) FROM jobs WHERE status = 'pending'") == [(4,)]


@pytest.mark.req("H4")
def test_all_that_fit_are_done_by_pages_and_the_end_says_how_many(open_page: Open, stage: Stage, jobs: None) -> None:  # noqa: ARG001
    stage.fill_jobs(1250, "failed")
    stage.fill("UPDATE jobs SET unique_key = 'one of them' WHERE id IN ('bulk-7', 'bulk-8')")
    page = open_page("#/jobs?view=table&status=failed&type=bulk")
    expect(page.locator("tbody tr")).to_have_count(100)
    page.get_by_role("button", name="Retry all").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Retry all")).click()
    expect(page.locator(".notice-work")).to_contain_text("jobs retried…")
    expect(page.locator(".notice-done")).to_contain_text(re.compile("1,249 jobs retried, 1 refused: .*one of them"))
    expect(page.locator(".notice-work")).to_have_count(0)
    assert stage.query("SELECT status, count(*) FROM jobs WHERE type = 'bulk' GROUP BY status ORDER BY 1") == [
        ("failed", 1),
        ("pending", 1249),
    ]
    stage.fill("DELETE FROM jobs WHERE type = 'bulk'")


@pytest.mark.req("H4")
def test_an_order_for_many_is_stopped_between_two_pages(open_page: Open, stage: Stage, jobs: None) -> None:  # noqa: ARG001
    stage.fill_jobs(500, "failed")
    page = open_page("#/jobs?view=table&status=failed&type=bulk")
    expect(page.locator("tbody tr")).to_have_count(100)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/jobs/actions", hold)
    page.get_by_role("button", name="Remove all").click()
    with page.expect_request("**/api/jobs/actions"):
        page.get_by_role("dialog").get_by_role("button", name=re.compile("^Remove all")).click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Stopping")).to_be_disabled()
    held[0].continue_()
    expect(page.locator(".notice-done")).to_contain_text("200 jobs removed; stopped there")
    assert stage.query("SELECT count(*) FROM jobs WHERE type = 'bulk'") == [(300,)]
    stage.fill("DELETE FROM jobs WHERE type = 'bulk'")


@pytest.mark.req("H4")
def test_the_boards_counts_are_those_of_the_filter(board: Page, stage: Stage) -> None:
    stage.add_failed_job("other", type="scan")
    expect(column(board, "failed").locator(".count")).to_have_text("4")
    board.get_by_label("Type").fill("upload")
    board.get_by_label("Type").press("Enter")
    expect(column(board, "failed").locator(".count")).to_have_text("3")
    board.get_by_role("searchbox").fill("bad-1")
    expect(column(board, "failed").locator(".count")).to_have_text("1")
    expect(column(board, "pending").locator(".count")).to_have_text("0")
    board.get_by_role("searchbox").fill("")
    stage.add_failed_job("bad-4")
    expect(column(board, "failed").locator(".count")).to_have_text("4")


@pytest.mark.req("H4")
def test_those_chosen_are_removed(table: Page, stage: Stage) -> None:
    table.get_by_label("Choose bad-1").check()
    table.get_by_label("Choose bad-3").check()
    expect(table.locator(".job-list")).to_contain_text("2 chosen")
    table.get_by_role("button", name="Remove").click()
    table.get_by_role("dialog").get_by_role("button", name="Remove 2 jobs").click()
    expect(table.locator("tbody tr th")).to_have_text(["bad-2"])
    assert stage.query("SELECT id FROM jobs WHERE status = 'failed'") == [("bad-2",)]


@pytest.mark.req("H4")
def test_the_table_is_filtered_by_status_type_and_id(table: Page) -> None:
    table.get_by_label("Status").select_option("")
    expect(table.locator("tbody tr")).to_have_count(4)
    table.get_by_label("Type").fill("resize")
    table.get_by_label("Type").press("Enter")
    expect(table.locator(".job-list")).to_contain_text("No job fits")
    table.get_by_label("Type").fill("upload")
    table.get_by_label("Type").press("Enter")
    table.get_by_role("searchbox").fill("bad-2")
    expect(table.locator("tbody tr th")).to_have_text(["bad-2"])
    expect(table).to_have_url(re.compile("type=upload"))
