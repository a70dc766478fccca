"""For everybody: both schemes, without a mouse, with a screen reader, on a phone, without motion."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from support.workspace import ROOT
from ui.conftest import Open
from ui.stage import Stage

AXE = (ROOT / "tests/ui/axe/axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL_RULES: dict[str, Any] = {"runOnly": TAGS}
COLOURS: dict[str, Any] = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}  # all that another scheme changes
PLACES_OF_THINGS: dict[str, Any] = {"runOnly": TAGS, "rules": {"color-contrast": {"enabled": False}}}
SCHEMES: tuple[tuple[Literal["light", "dark"], dict[str, Any]], ...] = (("light", ALL_RULES), ("dark", COLOURS))
PHONE: ViewportSize = {"width": 390, "height": 844}
PLACES = {
    "overview": "#/overview",
    "overview-open": "#/overview?open=worker",
    "overview-table": "#/overview?view=table",
    "machine": "#/machines/desk",
    "jobs": "#/jobs",
    "job": "#/jobs/shown?view=table",
    "activity": "#/activity",
    "messages": "#/messages",
    "history": "#/history?machine=desk",
}


@pytest.fixture(scope="module", autouse=True)
def busy(stage: Stage) -> None:
    """Something to see on every page."""
    stage.send("desk", "call_off", "submit", "valid", payload={"n": 1})
    stage.send("asker", "ask")
    stage.send("desk", "nobody_takes_this")
    stage.add_failed_job("shown")
    stage.add_job("resized", "resize")


def settled(page: Page) -> Page:
    """Once it is live and nothing is being read."""
    expect(page.locator(".lamp")).to_have_text("live")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    expect(page.get_by_text("Reading…")).to_have_count(0)
    page.evaluate("document.fonts.ready")
    return page


@pytest.mark.req("H4")
@pytest.mark.parametrize("place", PLACES)
def test_a_page_is_for_everybody_in_both_schemes_and_fits_a_phone(
    open_page: Open, screenshots: Path, place: str
) -> None:
    page = settled(open_page(PLACES[place], calm=True))
    page.evaluate(AXE)
    for scheme, rules in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=screenshots / f"{place}-{scheme}.png")
        assert findings(page, rules) == []
    page.set_viewport_size(PHONE)
    page.screenshot(path=screenshots / f"{place}-phone.png")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert findings(page, PLACES_OF_THINGS) == []


def findings(page: Page, rules: dict[str, Any]) -> list[str]:
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, {resultTypes: ['violations'], ...rules})", rules)
    return [
        f"{each['impact']} {each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@pytest.mark.req("H4")
def test_axe_finds_nothing_in_dialogs(open_page: Open) -> None:
    page = settled(open_page("#/machines/desk"))
    page.evaluate(AXE)
    for button in ("Send event…", "Reset…", "Keys"):
        page.get_by_role("button", name=button).click()
        for scheme, rules in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert findings(page, rules) == []
        page.keyboard.press("Escape")


@pytest.mark.req("H4")
def test_the_scheme_is_switched_and_remembered(open_page: Open) -> None:
    page = settled(open_page())
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Switch to dark").click()
    assert page.evaluate(ground) != light
    page.reload()
    assert page.evaluate(ground) != light
    page.get_by_role("button", name="Switch to light").click()
    assert page.evaluate(ground) == light


@pytest.mark.req("H4")
def test_all_is_done_by_keys_alone(open_page: Open, stage: Stage) -> None:
    stage.send("desk", "call_off")
    page = settled(open_page())
    press = page.keyboard.press
    press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    press("Enter")
    expect(page.locator("#main")).to_be_focused()
    press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Dark or light")
    press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    press("/")
    page.keyboard.type("desk")
    press("Escape")
    page.get_by_role("link", name="desk").focus()
    press("Enter")
    expect(page.get_by_role("heading", level=1, name="desk")).to_be_focused()
    press("e")
    expect(page.get_by_label("Event", exact=True)).to_be_focused()
    page.keyboard.type("submit")
    press("Enter")
    expect(page.locator("[data-current]")).to_have_text("checking")
    expect(page.get_by_role("dialog")).to_have_count(0)
    press("p")
    expect(page.locator(".heading .mark")).to_have_text("paused")
    press("p")
    expect(page.locator(".heading .mark")).not_to_have_text("paused")
    for key, title in (("j", "Jobs"), ("a", "Activity"), ("m", "Messages"), ("h", "History"), ("o", "Overview")):
        press("g")
        press(key)
        expect(page.get_by_role("heading", level=1, name=title)).to_be_focused()


@pytest.mark.req("H4")
def test_a_screen_reader_is_told_little(open_page: Open, stage: Stage) -> None:
    page = settled(open_page("#/machines/desk"))
    page.evaluate(
        "globalThis.told = []; const place = document.querySelector('[role=status]');"
        "new MutationObserver(() => told.push(place.textContent))"
        ".observe(place, {childList: true, characterData: true, subtree: true})"
    )
    stage.send("desk", "call_off", "submit", "call_off", "submit", "valid")
    expect(page.locator("[role=status]")).to_have_text("desk is in packing")
    assert page.evaluate("told.length") <= 2
    assert page.locator("[aria-live]").count() == 1


@pytest.mark.req("H4")
def test_nothing_moves_for_those_who_want_no_motion(open_page: Open, stage: Stage) -> None:
    page = settled(open_page("#/machines/desk", calm=True))
    page.evaluate("globalThis.moved = 0; Element.prototype.animate = () => { moved += 1 }; 0")
    stage.send("desk", "call_off", "submit")
    expect(page.locator(".line.is-last")).to_have_attribute("data-part", "new>checking")
    assert page.evaluate("moved") == 0
