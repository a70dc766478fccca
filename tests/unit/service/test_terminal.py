"""Records on a terminal: one line each, which data can't forge."""

from __future__ import annotations

import io
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine_internal.service.logging import configure_logging, get_logger
from statemachine_internal.service.printable import printable
from statemachine_internal.service.standard_library import StandardLibraryHandler
from statemachine_internal.service.terminal import TerminalLine, TerminalSink
from unit.service.fake_systemd import Receiver

LINE = re.compile(r"\d\d:\d\d:\d\d\.\d\d\d [A-Z]+ +")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stream() -> io.StringIO:
    out = io.StringIO()
    configure_logging(machine="worker", stream=out)
    return out


@pytest.mark.req("J2")
def test_a_record_is_time_level_text_and_fields(stream: io.StringIO) -> None:
    get_logger(state="idle").warning("look", trigger="go", job_id=None, path="a b", message_id="0" * 32)
    line = stream.getvalue()
    assert LINE.match(line)
    assert line[13:] == 'WARNING  look machine=worker state=idle event=go path="a b"\n'


def test_the_time_is_local_with_milliseconds() -> None:
    import time

    line = TerminalLine(colour=False, now=lambda: 1_000_000.0425)
    expected = time.strftime("%H:%M:%S", time.localtime(1_000_000))
    assert line(None, "info", {"event": "text"}) == f"{expected}.042 INFO     text"


@pytest.mark.req("J2")
def test_data_can_neither_forge_a_line_nor_a_colour(stream: io.StringIO) -> None:
    get_logger().info("a\n12:00:00.000 ERROR forged\x1b[31m", value="b\r\x9b31m\u2028\u202e", **{"k\ney": 'say "x"\\n'})
    assert stream.getvalue().count("\n") == 1
    assert r"a\n12:00:00.000 ERROR forged\x1b[31m" in stream.getvalue()
    assert r'value="b\r\x9b31m\u2028\u202e"' in stream.getvalue()
    assert r'k\ney="say \"x\"\\n"' in stream.getvalue()


@given(st.text(st.characters(blacklist_categories=())))
def test_printable_text_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    shown = printable(text)
    assert shown.replace("\u00a0", " ").isprintable()
    shown.encode()  # no surrogate is left
    assert printable(shown) == shown


@pytest.mark.req("J2")
def test_a_traceback_follows_on_indented_lines(stream: io.StringIO) -> None:
    try:
        raise ValueError("x\n12:00:00.000 ERROR forged")
    except ValueError:
        get_logger().exception("failed")
    first, *rest = stream.getvalue().splitlines()
    assert first[13:] == "ERROR    failed machine=worker"
    assert rest[0] == "    Traceback (most recent call last):"
    assert all(line.startswith("    ") for line in rest)


@pytest.mark.req("J2")
def test_colour_is_for_terminals_without_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    coloured, plain = Terminal(), Terminal()
    configure_logging(machine="worker", stream=coloured)
    get_logger().error("text")
    assert "\x1b[31mERROR" in coloured.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    configure_logging(machine="worker", stream=plain)
    get_logger().error("text")
    assert "\x1b" not in plain.getvalue()


@pytest.mark.req("J2")
def test_a_terminal_gets_the_log_even_where_there_is_a_journal(
    receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(machine="worker", journal_address=receiver.address)
    get_logger().info("text")
    assert "text machine=worker" in capsys.readouterr().err
    assert receiver.datagrams() == []


@pytest.mark.req("J2")
def test_without_a_journal_the_log_is_on_stderr(journal: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(machine="worker", journal_address=f"{journal.address}-gone")
    get_logger().info("text")
    assert "text machine=worker" in capsys.readouterr().err


def test_a_logger_without_configuration_writes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().handlers[:] = []
    get_logger().info("text")
    assert capsys.readouterr().err.endswith("INFO     text\n")
    assert logging.getLogger().handlers == []


def test_a_stream_that_is_closed_or_ascii_stops_nothing() -> None:
    closed = io.StringIO()
    closed.close()
    TerminalSink(closed).write("text")
    raw = io.BytesIO()
    ascii_stream = io.TextIOWrapper(raw, "ascii")
    TerminalSink(ascii_stream).write("grün")
    assert raw.getvalue() == b"gr\\xfcn\n"


def test_the_standard_librarys_records_come_along(stream: io.StringIO) -> None:
    logger = logging.Logger("user.code")
    logger.addHandler(StandardLibraryHandler(get_logger()))
    logger.warning("%d of %d", 1, 2)
    logger.log(25, "between")
    logger.warning("%d", "no number")
    try:
        raise ValueError("text")
    except ValueError:
        logger.exception("failed")
    lines = [line for line in stream.getvalue().splitlines() if LINE.match(line)]
    assert [line[13:] for line in lines] == [
        "WARNING  1 of 2 machine=worker logger=user.code",
        "INFO     between machine=worker logger=user.code",
        "WARNING  %d machine=worker logger=user.code",
        "ERROR    failed machine=worker logger=user.code",
    ]
    assert "ValueError: text" in stream.getvalue()


def test_a_program_with_handlers_of_its_own_keeps_its_root_logger(stream: io.StringIO) -> None:
    root = logging.getLogger()
    own = logging.NullHandler()
    root.handlers[:] = [own]
    configure_logging(machine="worker", stream=stream)
    assert root.handlers == [own]
    root.handlers[:] = []
    configure_logging(machine="worker", stream=stream)
    configure_logging(machine="worker", stream=stream)
    assert [type(handler) for handler in root.handlers] == [StandardLibraryHandler]
