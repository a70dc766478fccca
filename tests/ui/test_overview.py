"""The overview: every machine, live."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from ui.conftest import Open
from ui.stage import Stage


@pytest.fixture
def page(open_page: Open) -> Page:
    opened = open_page()
    expect(opened.locator(".lamp")).to_have_text("live")
    return opened


@pytest.mark.req("H4")
def test_every_machine_is_there_folded_by_template(page: Page) -> None:
    expect(page.locator(".card header a")).to_have_text(["answerer", "asker", "desk"])
    worker = page.get_by_role("region", name="worker")
    expect(worker.locator(".folded-names a")).to_have_text(["worker-1", "worker-2"])
    expect(worker.locator('[data-state="resting"] .badge text')).to_have_text("2")
    worker.get_by_role("button", name="worker").click()
    expect(worker.locator(".card header a")).to_have_text(["worker-1", "worker-2"])
    expect(page).to_have_url(re.compile("open=worker"))
    page.reload()
    expect(page.locator(".card header a")).to_have_count(5)


@pytest.mark.req("H4")
def test_a_card_follows_its_machine(page: Page, stage: Stage) -> None:
    stage.send("desk", "call_off")
    card = page.locator(".card", has=page.get_by_role("link", name="desk"))
    expect(card.locator(".lit")).to_have_text("new")
    stage.send("desk", "submit")
    expect(card.locator(".lit")).to_have_text("checking")
    expect(card.locator(".is-current")).to_have_attribute("data-state", "checking")
    expect(card).to_contain_text("timer in 1")  # 14 or 15 minutes
    stage.send("desk", "call_off")


@pytest.mark.req("H4")
def test_a_filter_narrows_down_and_stands_in_the_address(page: Page) -> None:
    page.get_by_role("searchbox", name="Filter machines").fill("ask")
    expect(page.locator(".card header a")).to_have_text(["asker"])
    expect(page).to_have_url(re.compile("q=ask"))
    page.get_by_role("searchbox", name="Filter machines").fill("nothing like it")
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".card header a")).to_have_count(3)
    page.get_by_label("Status").select_option("failed")
    expect(page.locator(".card")).to_have_count(0)
    page.go_back()
    expect(page.locator(".card header a")).to_have_count(3)


@pytest.mark.req("H4")
def test_the_same_as_a_table(page: Page) -> None:
    page.get_by_role("button", name="table").click()
    rows = page.get_by_role("region", name="Machines").locator("tbody tr")
    expect(rows).to_have_count(5)
    rows.filter(has_text="desk").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("desk")


@pytest.mark.req("H4")
def test_figures_are_those_of_the_database(page: Page, stage: Stage) -> None:
    expect(page.locator(".figures > div", has_text="failed").first.locator("dd")).to_have_text("0")
    ((rest,),) = stage.query("SELECT count(*) FROM machine_state WHERE status = 'waiting'")
    expect(page.locator(".figures > div", has_text="waiting").first.locator("dd")).to_have_text(str(rest))


@pytest.mark.req("H4")
def test_a_new_machine_appears_by_itself(page: Page, stage: Stage) -> None:
    once = stage.workspace.write("once.yaml", "{name: once, initial_state: over, final: [over]}")
    assert stage.workspace.run("statemachine", once).returncode == 0
    card = page.locator(".card", has=page.get_by_role("link", name="once"))
    expect(card.locator(".mark")).to_have_text("finished")
