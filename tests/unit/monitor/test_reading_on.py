"""What the streams and lists are made of: pages, the newest rows, the beat, the clock, and the text of metrics."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine_internal.monitor import recent as recent_module
from statemachine_internal.monitor.exposition import Exposition, Histogram, Kind, Metric
from statemachine_internal.monitor.moments import iso, stored
from statemachine_internal.monitor.paging import Asked, Page, newest_first, oldest_first
from statemachine_internal.monitor.pulse import Pulse
from statemachine_internal.monitor.recent import Recent
from statemachine_internal.monitor.ticks import BEAT, Ticks
from statemachine_internal.store.overview import FeedTuple, Row


def row(id: int, payload: str = "{}") -> FeedTuple:
    return (id, "lamp", "state_change", payload, None, id)


def pages(ids: list[int], limit: int, *, up: bool) -> list[int]:
    """All ids, page by page."""

    def fetch(begin: int, stop: int, most: int) -> list[Row]:
        found = [{"id": id} for id in (ids if up else reversed(ids)) if begin <= id < stop]
        return found[:most]

    ends = (min(ids), max(ids)) if ids else (0, 0)
    seen: list[int] = []
    at: int | None = 0 if up else None
    while True:
        page: Page = (
            oldest_first(Asked(limit=limit, after=at), ends, fetch)
            if up
            else newest_first(Asked(limit=limit, before=at), ends, fetch)
        )
        assert len(page.rows) <= limit
        seen += [each["id"] for each in page.rows]
        if page.next is None:
            return seen
        at = page.next


@pytest.mark.req("H3")
@given(ids=st.sets(st.integers(1, 60_000), max_size=30).map(sorted), limit=st.integers(1, 7), up=st.booleans())
def test_pages_hold_every_row_once_and_in_order(ids: list[int], limit: int, up: bool) -> None:
    assert pages(ids, limit, up=up) == (ids if up else ids[::-1])


@pytest.mark.req("H2")
@given(
    steps=st.lists(st.integers(1, 9), max_size=12),
    gaps=st.integers(1, 3),
    asked=st.integers(0, 100),
    kept=st.integers(1, 20),
)
def test_a_place_in_the_newest_rows_is_right_or_unknown(steps: list[int], gaps: int, asked: int, kept: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recent_module, "KEPT", kept)
        recent = Recent()
        ids: list[int] = []
        for count in steps:
            more = [(len(ids) + number + 1) * gaps for number in range(count)]
            ids += more
            recent.add([row(id) for id in more])
        assert recent.end - recent.base == min(len(ids), kept)
        place = recent.place_after(asked)
        wanted = [id for id in ids if id > asked]
        if place is None:
            assert not ids or asked < ids[-kept:][0]
        else:
            assert [line.row[0] for line in recent.since(place)] == wanted


@pytest.mark.req("H2")
def test_large_payloads_are_not_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_module, "KEPT_BYTES", 100)
    recent = Recent()
    recent.add([row(1, "x" * 60), row(2, "x" * 60), row(3, "x" * 500)])
    assert [line.row[0] for line in recent.since(recent.base)] == [3]
    recent.forget()
    assert (recent.base, list(recent.since(recent.base)), recent.place_after(3)) == (3, [], None)


@pytest.mark.req("H4")
def test_the_beat_comes_at_once_then_twenty_times_a_second_and_not_at_rest() -> None:
    async def scenario() -> None:
        loop, beats = asyncio.get_running_loop(), []
        rung = asyncio.Event()

        def tick() -> None:
            beats.append(loop.time())
            rung.set()

        ticks = Ticks(tick)
        for _ in range(3):
            rung.clear()
            for _ in range(100):
                ticks.stir()
            await rung.wait()
        assert len(beats) == 3
        assert all(later - before >= BEAT * 0.9 for before, later in pairwise(beats))
        ticks.pace(0.2)
        rung.clear()
        ticks.stir()
        await rung.wait()
        assert beats[-1] - beats[-2] >= 0.18
        ticks.stir()
        ticks.close()

    asyncio.run(scenario())


@pytest.mark.req("P9")
def test_the_clock_ticks_only_while_clients_are_there() -> None:
    async def scenario() -> None:
        looked = asyncio.Event()
        pulse = Pulse(looked.set, 0.001)
        assert pulse._handle is None
        pulse.enter()
        pulse.enter()
        await looked.wait()
        pulse.leave()
        assert pulse._handle is not None
        assert pulse.beat.count >= 1
        pulse.leave()
        assert pulse._handle is None

    asyncio.run(scenario())


@pytest.mark.req("H3")
def test_the_text_of_a_histogram_adds_up_and_labels_are_escaped() -> None:
    metric = Metric(name="took_seconds", kind=Kind.HISTOGRAM, help="How long.")
    histogram = Histogram((0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 7.0):
        histogram.add(value)
    made = Exposition()
    made.begin(metric)
    made.histogram(metric, histogram, {"who": 'a "b"\\\n'})
    assert made.text().splitlines() == [
        "# HELP took_seconds How long.",
        "# TYPE took_seconds histogram",
        'took_seconds_bucket{who="a \\"b\\"\\\\\\n",le="0.1"} 2',
        'took_seconds_bucket{who="a \\"b\\"\\\\\\n",le="1"} 3',
        'took_seconds_bucket{who="a \\"b\\"\\\\\\n",le="+Inf"} 4',
        'took_seconds_sum{who="a \\"b\\"\\\\\\n"} 7.65',
        'took_seconds_count{who="a \\"b\\"\\\\\\n"} 4',
    ]


@pytest.mark.req("H3")
@given(moment=st.integers(0, 4_000_000_000_000_000))
def test_a_time_comes_back_as_it_was(moment: int) -> None:
    assert stored(iso(moment)) == moment
    assert stored(iso(moment).removesuffix("Z")) == moment
