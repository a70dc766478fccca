"""How long a change takes from a machine's commit to the page."""

from __future__ import annotations

from statistics import median

import pytest
from playwright.sync_api import Page, expect

from ui.conftest import Open
from ui.stage import Stage

CHANGES = 40
BUDGET = 100.0  # milliseconds
ATTEMPTS = 3  # the machine has other things to do as well
WATCH = """
() => {
    globalThis.changes = [];
    const state = document.querySelector('[data-current]');
    globalThis.watching = new MutationObserver(
        () => changes.push([state.textContent, performance.timeOrigin + performance.now()]));
    watching.observe(state, {childList: true, characterData: true, subtree: true});
}
"""


@pytest.mark.req("H4")
@pytest.mark.req("H2")
def test_a_change_is_on_the_page_within_a_tenth_of_a_second(
    open_page: Open, stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.send("desk", "call_off")
    page = open_page("#/machines/desk")
    expect(page.locator("[data-current]")).to_have_text("new")
    medians: list[float] = []
    while len(medians) < ATTEMPTS and min(medians, default=BUDGET + 1) > BUDGET:
        delays = sorted(delays_of_changes(page, stage))
        with capsys.disabled():
            print(
                f"\n{CHANGES} changes of a machine until they are on its page: median {median(delays):.1f} ms,"
                f" best {delays[0]:.1f} ms, worst {delays[-1]:.1f} ms"
            )
        medians.append(median(delays))
    assert min(medians) <= BUDGET


def delays_of_changes(page: Page, stage: Stage) -> list[float]:
    """Change the state again and again; returns the milliseconds from each commit to the page."""
    page.evaluate(WATCH)
    ((last,),) = stage.query("SELECT max(id) FROM realtime_events")
    for number in range(CHANGES):
        stage.send("desk", "call_off" if number % 2 else "submit")
        page.wait_for_function("count => changes.length >= count", arg=number + 1)
    seen = page.evaluate("watching.disconnect(), changes")
    # The row's time is taken before its transaction commits, so the commit is a part of what is measured.
    written = stage.query(
        "SELECT to_state, created / 1000.0 FROM transition_history WHERE id > ? AND machine_name = 'desk' ORDER BY id",
        last,
    )
    assert [state for state, _ in seen] == [state for state, _ in written]
    return [shown - created for (_, shown), (_, created) in zip(seen, written, strict=True)]
