"""What machines say and write to each other: the activity log, the messages, and both as they were."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from ui.conftest import Open
from ui.stage import Stage


@pytest.mark.req("H4")
def test_the_log_marks_levels_by_word_sign_and_colour(open_page: Open, stage: Stage) -> None:
    page = open_page("#/activity?machine=desk")
    expect(page.locator(".lamp")).to_have_text("live")
    stage.send("desk", "call_off", "submit", "valid")
    stage.send("desk", "missing", payload={"n": 1})
    stage.send("desk", "call_off")
    lines = page.locator(".log-line")
    expect(lines.last).to_contain_text("nothing on the shelf")
    colours = set()
    for level, colour in (("info", "29, 85, 168"), ("success", "26, 107, 60"), ("error", "173, 32, 24")):
        line = page.locator(f".log-line.level-{level}").last
        expect(line.locator(".log-level")).to_have_text(level)
        expect(line.locator("svg")).to_be_visible()
        expect(line.locator(".log-text")).to_have_css("color", f"rgb({colour})")
        colours.add(colour)
    assert len(colours) == 3
    page.get_by_label("Level").select_option("error")
    expect(page.locator(".log-line:not(.level-error)")).to_have_count(0)
    lines.last.get_by_role("link", name="desk").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("desk")


@pytest.mark.req("H4")
def test_the_log_follows_until_one_looks_back(open_page: Open, stage: Stage) -> None:
    page = open_page("#/activity", viewport={"width": 1000, "height": 420})
    log = page.get_by_role("region", name="Activity log")
    at_end = "box => box.scrollHeight - box.scrollTop - box.clientHeight < 5"
    for _ in range(12):
        stage.send("desk", "call_off", "submit", "valid")
    ((said,),) = stage.query("SELECT count(*) FROM realtime_events WHERE event_type IN ('activity_log', 'error')")
    expect(page.locator(".log-line")).to_have_count(said)
    assert log.evaluate(at_end)
    log.focus()
    page.keyboard.press("Home")
    expect(page.get_by_label("Follow")).not_to_be_checked()
    stage.send("desk", "call_off", "note")
    page.get_by_role("button", name="1 new line").click()
    expect(page.get_by_label("Follow")).to_be_checked()
    page.wait_for_function(f"() => ({at_end})(document.querySelector('.log'))")


@pytest.mark.req("H4")
def test_messages_between_machines_are_a_sequence(open_page: Open, stage: Stage) -> None:
    page = open_page("#/messages")
    expect(page.locator(".lamp")).to_have_text("live")
    stage.send("asker", "ask")
    question = page.get_by_role("button", name="question, from asker to answerer").last
    answer = page.get_by_role("button", name="answer, from answerer to asker").last
    expect(answer).to_be_visible()
    asked, answered = page.locator(".message").nth(-2), page.locator(".message").last
    expect(asked).to_contain_text("question")
    expect(asked).to_have_class("message message-processed message-right")
    expect(answered).to_contain_text("answer")
    expect(answered).to_have_class("message message-processed message-left")
    question.click()
    expect(page.locator(".message-whole")).to_contain_text("how many?")
    page.get_by_label("Machine", exact=True).select_option("desk")
    expect(page.get_by_role("button", name="question, from asker to answerer")).to_have_count(0)


@pytest.mark.req("H4")
def test_a_message_that_waits_is_shown_as_done_when_it_is(open_page: Open, stage: Stage) -> None:
    page = open_page("#/messages")
    expect(page.locator(".lamp")).to_have_text("live")
    stage.tell("pause", "answerer")
    stage.send("asker", "ask")
    asked = page.get_by_role("button", name="question, from asker to answerer").last
    expect(asked).to_have_accessible_name("question, from asker to answerer, pending")
    late = open_page("#/messages")
    asked_late = late.get_by_role("button", name="question, from asker to answerer").last
    expect(asked_late).to_have_accessible_name("question, from asker to answerer, pending")
    stage.tell("resume", "answerer")
    for shown in (asked, asked_late):
        expect(shown).to_have_accessible_name("question, from asker to answerer, processed")


@pytest.mark.req("H4")
def test_one_goes_back_to_a_moment(open_page: Open, stage: Stage) -> None:
    stage.send("desk", "call_off", "submit", "valid")
    page = open_page("#/history?machine=desk")
    lit = page.locator(".then-head .lit")
    row = page.get_by_role("row", name="desk")
    expect(lit).to_have_text("packing")
    page.keyboard.press("[")  # to the change that led here
    page.keyboard.press("[")
    expect(lit).to_have_text("checking")
    expect(page.locator(".state.is-current")).to_have_attribute("data-state", "checking")
    expect(row.locator("td").first).to_have_text("checking")
    expect(row.locator("td").last).to_have_text("packing")
    address = page.url
    page.get_by_role("button", name="After ▶").click()
    expect(lit).to_have_text("packing")
    page.goto("about:blank")
    page.goto(address)
    expect(lit).to_have_text("checking")
    page.locator(".around button").last.click()
    expect(page.locator(".around li[aria-current]")).to_have_count(1)
    stage.send("desk", "call_off")
