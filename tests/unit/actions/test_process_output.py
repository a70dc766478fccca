"""The lines of a pipe, and its last words."""

from __future__ import annotations

import asyncio
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine_internal.actions.process_output import LINE_LIMIT, TAIL_BYTES, TAIL_LINES, OutputReader


def read(*writes: bytes) -> tuple[list[str], str]:
    """What comes out of a pipe that these bytes were written to, piece by piece."""

    async def run() -> tuple[list[str], str]:
        lines: list[str] = []
        out, into = os.pipe()
        os.set_blocking(out, False)
        reader = OutputReader(out, lines.append)
        loop = asyncio.get_running_loop()
        for data in writes:
            await loop.run_in_executor(None, write_all, into, data)
        os.close(into)
        await reader.finish()
        return lines, reader.tail

    return asyncio.run(run())


def write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


@pytest.mark.req("C2")
def test_each_line_is_written_once_without_its_end() -> None:
    assert read(b"one\ntw", b"o\r\n\nlast") == (["one", "two", "", "last"], "one\ntwo\n\nlast")


@pytest.mark.req("C2")
def test_nothing_printed_is_an_empty_text() -> None:
    assert read() == ([], "")


@pytest.mark.req("C2")
@given(st.lists(st.binary(max_size=200), max_size=6))
def test_whatever_is_printed_comes_out(writes: list[bytes]) -> None:
    whole = b"".join(writes)
    lines, _ = read(*writes)
    expected = whole.decode("utf-8", "replace").split("\n")
    if expected[-1] == "":
        expected.pop()
    assert lines == [line.removesuffix("\r") for line in expected]


@pytest.mark.req("C2")
@pytest.mark.parametrize("character", ["x", "ä", "€", "𝄞"])
def test_a_long_line_comes_in_pieces_that_cut_no_character(character: str) -> None:
    text = "." + character * 100_000
    lines, tail = read(text.encode() + b"\nend\n")
    assert lines[-1] == "end"
    assert "".join(lines[:-1]) == text
    assert max(len(line.encode()) for line in lines) <= LINE_LIMIT
    assert tail == (text.encode()[-TAIL_BYTES + 5 :].decode("utf-8", "ignore") + "\nend")[-len(tail) :]


@pytest.mark.req("C2")
def test_a_megabyte_without_a_line_end_is_held_a_piece_at_a_time() -> None:
    lines, tail = read(b"x" * (1 << 20))
    assert [len(line) for line in lines] == [LINE_LIMIT] * 16
    assert tail == "x" * TAIL_BYTES


@pytest.mark.req("C2")
def test_the_last_words_are_twenty_lines() -> None:
    _, tail = read(b"".join(b"%d\n" % number for number in range(100)))
    assert tail.split("\n") == [str(number) for number in range(100 - TAIL_LINES, 100)]


@pytest.mark.req("C2")
@pytest.mark.parametrize("data", [b"\xff\xfe\x00bin", b"\x80" * 20_000, "€".encode() * 5000])
def test_the_last_words_of_any_bytes_are_text_within_the_limit(data: bytes) -> None:
    _, tail = read(data)
    assert len(tail.encode()) <= TAIL_BYTES
