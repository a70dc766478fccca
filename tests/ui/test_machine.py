"""A machine's page: what it shows of a real machine, and what it orders."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from ui.conftest import Open
from ui.stage import Stage


@pytest.fixture
def page(open_page: Open, stage: Stage) -> Page:
    """The page of ``desk``, which is at its beginning."""
    stage.send("desk", "call_off")
    opened = open_page("#/machines/desk")
    expect(opened.locator(".state.is-current")).to_have_attribute("data-state", "new")
    return opened


def current(page: Page) -> Locator:
    return page.locator("[data-current]")


@pytest.mark.req("H4")
def test_the_current_state_is_lit_and_the_last_way_marked(page: Page, stage: Stage) -> None:
    expect(page.locator(".state.is-current")).to_have_attribute("data-state", "new")
    stage.send("desk", "submit", payload={"n": 7})
    expect(page.locator(".state.is-current")).to_have_attribute("data-state", "checking")
    expect(page.locator(".state.is-current")).to_have_count(1)
    expect(page.locator(".line.is-last")).to_have_attribute("data-part", "new>checking")
    expect(page.locator(".label.is-last")).to_contain_text("submit")
    stage.send("desk", "call_off")
    expect(page.locator(".line.is-last")).to_have_attribute("data-part", "any>new")


@pytest.mark.req("H4")
def test_a_diagram_is_drawn_once(page: Page, stage: Stage) -> None:
    page.evaluate("document.querySelectorAll('svg.diagram *').forEach(each => each.drawnBefore = true)")
    stage.send("desk", "submit", "valid", "packed")
    expect(current(page)).to_have_text("done")
    assert page.evaluate("[...document.querySelectorAll('svg.diagram *')].every(each => each.drawnBefore)")


@pytest.mark.req("H4")
def test_history_context_and_timers_follow(page: Page, stage: Stage) -> None:
    stage.send("desk", "submit", payload={"item": "<script>boom()</script>"})
    first = page.get_by_role("region", name="History, scrollable").locator("tbody tr").first
    expect(first).to_contain_text("an order came")
    expect(page.get_by_role("region", name="Timers")).to_contain_text("timeout(900)")
    expect(page.get_by_role("region", name="Context")).to_contain_text("<script>boom()</script>")
    change = page.locator("tr.row-state_change").first
    change.get_by_role("button").click()
    page.get_by_role("button", name="Show the event and its payload").click()
    expect(page.locator(".row-details")).to_contain_text("<script>boom()</script>")
    expect(page.locator(".stretch", has_text="new").or_(page.locator(".stretch")).first).to_be_visible()


@pytest.mark.req("H4")
def test_an_event_is_sent_from_what_the_state_takes(page: Page, stage: Stage) -> None:
    page.get_by_role("button", name="Send event…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="submit").click()
    payload = dialog.get_by_label("Payload, as JSON")
    payload.fill('{"n": ')
    expect(dialog.get_by_role("button", name="Send")).to_be_disabled()
    payload.fill('{"n": 41}')
    dialog.get_by_role("button", name="Send").click()
    expect(page.locator(".notice")).to_contain_text("desk accepted submit")
    expect(dialog).to_have_count(0)
    expect(current(page)).to_have_text("checking")
    assert '{"n":41}' in str(stage.query("SELECT payload FROM machine_events ORDER BY id DESC LIMIT 1")).replace(
        " ", ""
    )


@pytest.mark.req("H4")
def test_it_says_why_nothing_happened(page: Page) -> None:
    page.get_by_role("button", name="Send event…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Event", exact=True).fill("packed")
    expect(dialog).to_contain_text("new doesn't take it now")
    dialog.get_by_role("button", name="Send").click()
    why = page.get_by_role("region", name="Why did nothing happen?")
    expect(why.locator(".events").last).to_contain_text("packed")
    expect(why).to_contain_text("In new it takes submit, note, call_off")


@pytest.mark.req("H4")
def test_pause_and_resume(page: Page, stage: Stage) -> None:
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".heading .mark")).to_have_text("paused")
    stage.send("desk", "submit")
    why = page.get_by_role("region", name="Why did nothing happen?")
    expect(why).to_contain_text("It is paused")
    expect(why.locator(".events").first).to_contain_text("submit")
    expect(current(page)).to_have_text("new")
    page.get_by_role("button", name="Resume").click()
    expect(current(page)).to_have_text("checking")


@pytest.mark.req("H4")
def test_a_reset_asks_first(page: Page, stage: Stage) -> None:
    stage.send("desk", "submit")
    expect(current(page)).to_have_text("checking")
    page.get_by_role("button", name="Reset…").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(current(page)).to_have_text("checking")
    page.get_by_role("button", name="Reset…").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset desk").click()
    expect(current(page)).to_have_text("new")


@pytest.mark.req("H4")
def test_what_machines_say_never_becomes_markup(page: Page, stage: Stage) -> None:
    stage.send("desk", "submit", payload={"<img src=x onerror=boom()>": "<img src=x onerror=boom()>"})
    stage.send("desk", "valid")
    expect(page.get_by_role("region", name="History, scrollable")).to_contain_text("<img src=x onerror=boom()>")
    expect(page.get_by_role("region", name="Context")).to_contain_text("<img src=x onerror=boom()>")
    assert page.locator("#app img:not(.brand img)").count() == 0
    assert page.locator("#app b").count() == 0


@pytest.mark.req("H4")
def test_an_internal_transition_is_told_and_is_no_change_of_state(page: Page, stage: Stage) -> None:
    rows = page.locator("tr.row-state_change")
    expect(rows.first).to_contain_text("new")
    page.evaluate("globalThis.moved = 0; Element.prototype.animate = () => { moved += 1 }; 0")
    page.evaluate("globalThis.newest = [...document.querySelectorAll('.stretch')].at(-1); 0")
    stage.send("desk", "note")
    expect(rows.first).to_contain_text("stays in new internalnote")
    expect(page.locator(".label.is-last")).to_contain_text("note")
    assert page.evaluate("moved") == 0
    assert page.evaluate("[...document.querySelectorAll('.stretch')].at(-1) === newest")


@pytest.mark.req("H4")
def test_a_group_is_shown_alone_and_says_where_the_machine_is(page: Page, stage: Stage) -> None:
    parts = page.get_by_role("group", name="Part of the diagram")
    expect(parts.get_by_role("button")).to_have_text(["Whole", "Intake", "Work"])
    parts.get_by_role("button", name="Work").click()
    expect(page).to_have_url(re.compile("part=work"))
    expect(page.locator(".state:not(.state-outside) .state-name")).to_have_text(["packing", "waiting_for_stock"])
    expect(page.locator(".elsewhere")).to_contain_text("new")
    stage.send("desk", "submit", "valid")
    expect(page.locator(".state.is-current")).to_have_attribute("data-state", "packing")
    expect(page.locator(".elsewhere")).to_have_count(0)
    stage.send("desk", "call_off")
    page.locator(".elsewhere").get_by_role("button", name="Show Intake").click()
    expect(page.locator(".state.is-current")).to_have_attribute("data-state", "new")


@pytest.mark.req("H4")
def test_an_unknown_machine_is_named(open_page: Open) -> None:
    page = open_page("#/machines/nobody")
    expect(page.locator("main")).to_contain_text("No machine of this name has run here")
