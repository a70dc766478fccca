"""The pages while the monitor comes and goes, in two tabs, and where it wants a token."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from ui.conftest import Open
from ui.definitions import DESK
from ui.stage import Stage, open_stage

TOKEN = "a-token-of-this-test"
MISSED = ("submit", "valid", "packed", "next")


@pytest.fixture(scope="module")
def own_stage() -> Iterator[Stage]:
    """One whose monitor may be stopped."""
    with open_stage({"desk": DESK}) as opened:
        yield opened


@pytest.mark.req("H4")
@pytest.mark.req("H2")
def test_a_restart_of_the_monitor_costs_nothing(open_page: Open, own_stage: Stage) -> None:
    page = open_page("#/machines/desk", on=own_stage)
    other = open_page("#/activity", on=own_stage)
    for each in (page, other):
        expect(each.locator(".lamp")).to_have_text("live")
        each.evaluate("globalThis.sameDocument = true")
    own_stage.stop_monitor()
    for each in (page, other):
        expect(each.locator(".lamp")).to_have_text("disconnected")
        expect(each.locator(".banner")).to_contain_text("This is what was true at")
    expect(page.get_by_role("region", name="Why did nothing happen?")).to_contain_text("disconnected")
    for event in MISSED:
        own_stage.tell("send-event", "--target", "desk", "--type", event)
    own_stage.start_monitor()
    for each in (page, other):
        each.bring_to_front()
        each.get_by_role("button", name="Try now").or_(each.locator(".lamp-live")).first.click()
        expect(each.locator(".lamp")).to_have_text("live")
        expect(each.locator(".banner")).to_have_count(0)
        assert each.evaluate("globalThis.sameDocument")
    why = page.locator("tr.row-state_change td:nth-child(3)")
    expect(why).to_have_text([*reversed(MISSED), "start"])
    expect(other.locator(".log-text").last).to_have_text("all is <b>well</b> <img src=x onerror=boom()>")


@pytest.mark.req("H4")
def test_two_tabs_show_the_same(open_page: Open, stage: Stage) -> None:
    one, two = open_page("#/machines/desk"), open_page("#/machines/desk")
    stage.send("desk", "call_off")
    for each in (one, two):
        expect(each.locator("[data-current]")).to_have_text("new")
    # A tab behind another is drawn once a second, and a click waits for drawings to see that nothing moves.
    one.bring_to_front()
    one.get_by_role("button", name="Send event…").click()
    one.get_by_role("dialog").get_by_role("button", name="submit").click()
    one.get_by_role("dialog").get_by_role("button", name="Send").click()
    for each in (one, two):
        expect(each.locator("[data-current]")).to_have_text("checking")


@pytest.mark.req("H4")
def test_nothing_is_missing_from_a_page_that_is_opened_in_the_middle(open_page: Open, own_stage: Stage) -> None:
    talking = threading.Thread(target=lambda: own_stage.send("desk", *["call_off", "note"] * 90))
    talking.start()
    page = open_page("#/activity", on=own_stage)
    talking.join()
    ((said,),) = own_stage.query("SELECT count(*) FROM realtime_events WHERE event_type IN ('activity_log', 'error')")
    expect(page.locator(".log-line")).to_have_count(said)


@pytest.mark.req("H5")
def test_a_page_asks_for_the_token(open_page: Open, own_stage: Stage) -> None:
    page = open_page("#/overview", on=own_stage)
    expect(page.locator(".card header a")).to_have_text(["desk"])
    own_stage.stop_monitor()
    own_stage.start_monitor("--token-file", str(own_stage.workspace.write("token", TOKEN)))
    field = page.get_by_label("Token")
    field.fill("wrong")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_label("Token").press("Enter")
    expect(page.locator(".card header a")).to_have_text(["desk"])
    expect(page.locator(".lamp")).to_have_text("live")
    own_stage.stop_monitor()
    own_stage.start_monitor()
