"""Tables, times and JSON of statemachine-db."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine_cmd.db import listing, table, times

HOUR = 3600 * times.SECOND


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.req("G4")
@pytest.mark.usefixtures("berlin")
def test_times_are_local_and_iso() -> None:
    winter, summer = 1_700_000_000_123_456, 1_690_000_000_000_001
    assert times.iso(winter) == "2023-11-14T23:13:20.123456+01:00"
    assert times.iso(summer) == "2023-07-22T06:26:40.000001+02:00"
    assert times.short(winter) == "2023-11-14T23:13:20.123"


def test_a_time_that_no_calendar_has_is_no_failure() -> None:
    assert times.iso(2**63 - 1)
    assert times.iso(-(2**63))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0s"),
        (9.94, "9.9s"),
        (59, "59s"),
        (192, "3m 12s"),
        (3 * 3600 + 120, "3h 2m"),
        (3 * 86400, "3d 0h"),
        (-60, "in 1m 0s"),
    ],
)
def test_ages_have_two_units_at_most(seconds: float, text: str) -> None:
    assert times.age(0, int(seconds * times.SECOND)) == text


def test_a_table_that_goes_into_a_pipe_is_whole() -> None:
    lines = table.render(["ID", "ERROR"], [["1", "x" * 500]], free={1}, right={0}, width=None)
    assert lines == ["ID  ERROR", " 1  " + "x" * 500]


def test_the_widest_free_text_is_cut() -> None:
    rows = [["1", "worker", "a" * 30]]
    lines = table.render(["ID", "MACHINE", "ERROR"], rows, free={1, 2}, right={0}, width=30)
    assert lines == ["ID  MACHINE  ERROR", " 1  worker   aaaaaaaaaaaaaaaa…"]


def test_a_column_that_says_nothing_goes_first() -> None:
    rows = [["1", "", "a" * 20]]
    assert table.render(["ID", "JOB", "ERROR"], rows, free={2}, right=set(), width=24) == [
        "ID  ERROR",
        "1   " + "a" * 20,
    ]


def test_wide_characters_count_twice() -> None:
    lines = table.render(["A", "B"], [["日本", "x"], ["ab", "y"]], free={0}, right=set(), width=None)
    assert lines == ["A     B", "日本  x", "ab    y"]
    assert table.cut("日本語", 5) == "日本…"
    assert table.cut("日本語", 4) == "日…"


@given(
    st.lists(
        st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=0x9FFF)), min_size=3, max_size=3), max_size=4
    ),
    st.integers(8, 60),
)
def test_a_table_never_is_wider_than_the_terminal(rows: list[list[str]], width: int) -> None:
    lines = table.render(["ID", "TYPE", "ERROR"], rows, free={1, 2}, right={0}, width=width)
    assert len(lines) == 1 + len(rows)
    assert all(table.columns(line) <= width for line in lines)


@given(st.text())
def test_a_cell_can_do_no_harm(text: str) -> None:
    shown = listing.cell("error", text)
    assert all(c.isprintable() or c == "\u00a0" for c in shown)


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_says_what_it_was_given_without_control_characters(value: object) -> None:
    import contextlib
    import io

    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
    with contextlib.redirect_stdout(output):
        listing.print_json(value)
    output.seek(0)
    text = output.read()
    assert json.loads(text) == value
    assert all(c.isprintable() or c == "\n" for c in text)


def test_a_row_in_json_has_iso_times_and_values() -> None:
    row = {"id": 1, "created": 0, "processed": None, "payload": '{"a": 1}', "context": "broken", "not_before": None}
    shown = listing.as_json(row)
    assert shown == row | {"created": times.iso(0), "payload": {"a": 1}}
