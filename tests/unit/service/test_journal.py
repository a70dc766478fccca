"""Records in the journal: the fields that people search by, and a journal that is full, gone or picky."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statemachine_internal.service.journal import JournalSink, datagram, journal_is_stderr
from statemachine_internal.service.logging import configure_logging, get_logger
from unit.service.fake_systemd import Receiver, parsed

FIELDS = [("MESSAGE", "hello"), ("PRIORITY", "6")]


@pytest.fixture
def configured(journal: Receiver) -> Receiver:
    configure_logging(machine="worker", journal_address=journal.address)
    return journal


@pytest.mark.req("J2")
def test_keys_have_the_journal_names_that_people_search_by(configured: Receiver) -> None:
    get_logger(state="working").info(
        "took a job",
        trigger="go",
        job_id="job_001",
        event_id=7,
        action="bash",
        **{"queue depth": 3},
        ok=True,
        none=None,
    )
    assert configured.record() == {
        "MESSAGE": "took a job",
        "PRIORITY": "6",
        "SYSLOG_IDENTIFIER": "statemachine",
        "STATEMACHINE_MACHINE": "worker",
        "STATEMACHINE_STATE": "working",
        "STATEMACHINE_EVENT": "go",
        "STATEMACHINE_JOB_ID": "job_001",
        "STATEMACHINE_EVENT_ID": "7",
        "STATEMACHINE_ACTION": "bash",
        "STATEMACHINE_QUEUE_DEPTH": "3",
        "STATEMACHINE_OK": "true",
    }


@pytest.mark.req("J2")
@pytest.mark.parametrize(("method", "priority"), [("info", "6"), ("warning", "4"), ("error", "3"), ("critical", "2")])
def test_a_level_is_syslogs_priority(configured: Receiver, method: str, priority: str) -> None:
    getattr(get_logger(), method)("text")
    assert configured.record()["PRIORITY"] == priority


@pytest.mark.req("J2")
def test_debug_records_come_with_debug_alone(journal: Receiver) -> None:
    configure_logging(machine="worker", journal_address=journal.address)
    get_logger().debug("unseen")
    configure_logging(machine="worker", debug=True, journal_address=journal.address)
    get_logger().debug("seen")
    assert [(r["MESSAGE"], r["PRIORITY"]) for r in journal.records()] == [("seen", "7")]


@pytest.mark.req("J2")
def test_an_exception_is_whole_in_its_field_and_readable_in_the_message(configured: Receiver) -> None:
    try:
        raise ValueError("no such\nfile")
    except ValueError:
        get_logger().exception("custom action failed")
    record = configured.record()
    assert record["STATEMACHINE_TRACEBACK"].startswith("Traceback (most recent call last):\n")
    assert record["STATEMACHINE_TRACEBACK"].endswith("ValueError: no such\nfile")
    assert record["MESSAGE"] == "custom action failed\n" + record["STATEMACHINE_TRACEBACK"]
    assert record["PRIORITY"] == "3"


@pytest.mark.req("J2")
def test_the_journal_keeps_control_characters_and_no_value_passes_for_a_field(configured: Receiver) -> None:
    text = "\x1b[31mred\nPRIORITY=0\n_UID=0"
    get_logger(**{"a\nPRIORITY=0\nb": "x"}).info(text, note="\nMESSAGE=forged\n")
    record = configured.record()
    assert record["MESSAGE"] == text
    assert record["PRIORITY"] == "6"
    assert record["STATEMACHINE_NOTE"] == "\nMESSAGE=forged\n"
    assert record["STATEMACHINE_A_PRIORITY_0_B"] == "x"


@given(st.dictionaries(st.from_regex(r"[A-Z_]{1,10}", fullmatch=True), st.text(), min_size=1))
def test_any_text_comes_out_as_it_went_in(fields: dict[str, str]) -> None:
    assert {name: value.decode() for name, value in parsed(datagram(fields.items()))} == fields


def test_bytes_that_are_no_text_come_out_as_the_same_bytes() -> None:
    assert parsed(datagram([("MESSAGE", b"\xff\xfe".decode("utf-8", "surrogateescape"))])) == [("MESSAGE", b"\xff\xfe")]
    assert parsed(datagram([("MESSAGE", "\ud800")])) == [("MESSAGE", b"\\ud800")]


def test_a_value_whose_text_fails_is_no_failure_of_the_log(configured: Receiver) -> None:
    class Silent:
        def __str__(self) -> str:
            raise RuntimeError

    get_logger().info("text", value=Silent(), nested={"a": [1, None]}, path=Path("/x"), raw=b"\xc3\xa4")
    record = configured.record()
    assert record["STATEMACHINE_VALUE"] == "<Silent without a text>"
    assert record["STATEMACHINE_NESTED"] == '{"a": [1, null]}'
    assert record["STATEMACHINE_PATH"] == "/x"
    assert record["STATEMACHINE_RAW"] == "ä"


@pytest.mark.req("J2")
def test_a_record_too_large_for_a_datagram_is_cut_with_a_note(configured: Receiver) -> None:
    get_logger().error("x" * 1_000_000, job_id="job_001")
    record = configured.record()
    assert record["MESSAGE"] == "x" * 4096 + " [cut here, 995904 characters more]"
    assert record["STATEMACHINE_JOB_ID"] == "job_001"


@pytest.mark.req("J2")
def test_a_full_journal_is_not_waited_for_and_the_loss_is_told(configured: Receiver) -> None:
    log = get_logger()
    sent = 0
    while sent < 10_000 and not _full(configured.address):
        log.info("text", n=sent)
        sent += 1
    log.info("lost")
    log.info("lost")
    assert [r["MESSAGE"] for r in configured.records() if r["MESSAGE"] != ""] == ["text"] * sent
    log.info("after")
    note, after = configured.records()
    assert note == {
        "MESSAGE": "2 log records before this one were lost: the journal had no room for them",
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "statemachine",
        "STATEMACHINE_DROPPED": "2",
        "STATEMACHINE_MACHINE": "worker",
    }
    assert after["MESSAGE"] == "after"


def _full(address: str) -> bool:
    """Whether a receiver's queue has no room, asked without putting anything into it."""
    import select

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        probe.connect(address)
        poll = select.poll()
        poll.register(probe, select.POLLOUT)
        return not poll.poll(0)


@pytest.mark.req("J2")
def test_a_journal_that_goes_away_is_no_error_and_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = Receiver(Path("j"))
    sink = JournalSink("j")
    first.socket.close()
    sink.write(FIELDS)
    os.unlink("j")
    sink.write(FIELDS)
    assert sink.dropped == 2
    second = Receiver(Path("j"))
    sink.write(FIELDS)
    assert [r["MESSAGE"] for r in second.records()][1:] == ["hello"]
    assert sink.dropped == 0
    sink.close()
    second.socket.close()


@pytest.mark.parametrize("number", [errno.ENOBUFS, errno.EAGAIN, errno.EPERM, errno.ENOMEM, errno.EMSGSIZE])
def test_no_refusal_of_the_kernel_raises(receiver: Receiver, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    sink = JournalSink(receiver.address)
    with monkeypatch.context() as patched:

        def refuse(_self: JournalSink, _data: bytes) -> int:
            return number

        patched.setattr(JournalSink, "_failure", refuse)
        sink.write(FIELDS)
    assert sink.dropped == 1
    sink.close()


@pytest.mark.req("J2")
def test_stderr_is_the_journals_only_with_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    found = os.fstat(2)
    assert not journal_is_stderr()
    monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino + 1}")
    assert not journal_is_stderr()
    monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
    assert journal_is_stderr()
    assert not journal_is_stderr(9999)
