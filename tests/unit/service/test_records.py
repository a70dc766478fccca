"""One happening is one record, with the same fields everywhere."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from statemachine_internal.service.logging import configure_logging
from statemachine_internal.service.message_ids import MessageId
from statemachine_internal.service.records import MachineLog
from unit.service.fake_systemd import Receiver

CASES: list[tuple[Callable[[MachineLog], None], dict[str, str]]] = [
    (
        lambda log: log.started("idle", False, 42),
        {"MESSAGE": "started in idle", "ID": MessageId.START, "STATE": "idle", "RESUMED": "false", "PID": "42"},
    ),
    (
        lambda log: log.started("idle", True, 42),
        {"MESSAGE": "resumed in idle", "ID": MessageId.START, "STATE": "idle", "RESUMED": "true", "PID": "42"},
    ),
    (
        lambda log: log.stopped("idle", "SIGTERM"),
        {"MESSAGE": "stopped in idle: SIGTERM", "ID": MessageId.STOP, "STATE": "idle", "REASON": "SIGTERM"},
    ),
    (
        lambda log: log.transition("idle", "working", "go", event_id=7, job_id="job_001"),
        {
            "MESSAGE": "idle -> working on go",
            "ID": MessageId.TRANSITION,
            "STATE": "working",
            "FROM_STATE": "idle",
            "EVENT": "go",
            "EVENT_ID": "7",
            "JOB_ID": "job_001",
        },
    ),
    (
        lambda log: log.transition("idle", None, "tick"),
        {
            "MESSAGE": "idle: tick",
            "ID": MessageId.TRANSITION,
            "STATE": "idle",
            "FROM_STATE": "idle",
            "EVENT": "tick",
        },
    ),
    (
        lambda log: log.transitions(64, "idle", "working"),
        {
            "MESSAGE": "64 transitions, idle -> working",
            "ID": MessageId.TRANSITIONS,
            "STATE": "working",
            "FROM_STATE": "idle",
            "COUNT": "64",
        },
    ),
    (
        lambda log: log.event_ignored("go", 7, "done", "no transition takes it"),
        {
            "MESSAGE": "go ignored in done: no transition takes it",
            "ID": MessageId.EVENT_IGNORED,
            "STATE": "done",
            "EVENT": "go",
            "EVENT_ID": "7",
            "REASON": "no transition takes it",
        },
    ),
    (
        lambda log: log.refused("payload_too_large", "300000 bytes", 1000),
        {
            "MESSAGE": "message refused (payload_too_large): 300000 bytes",
            "ID": MessageId.REFUSAL,
            "PRIORITY": "4",
            "CODE": "payload_too_large",
            "UID": "1000",
        },
    ),
    (
        lambda log: log.action_started("bash", "working", job_id="job_001", event="go", attempt=2),
        {
            "MESSAGE": "bash begins",
            "ID": MessageId.ACTION_START,
            "PRIORITY": "7",
            "STATE": "working",
            "ACTION": "bash",
            "JOB_ID": "job_001",
            "EVENT": "go",
            "ATTEMPT": "2",
        },
    ),
    (
        lambda log: log.action_output("bash", "stdout", b"a \x1b[1mline", "working", "job_001", "go"),
        {
            "MESSAGE": "a \x1b[1mline",
            "ID": MessageId.ACTION_OUTPUT,
            "STATE": "working",
            "ACTION": "bash",
            "STREAM": "stdout",
            "JOB_ID": "job_001",
            "EVENT": "go",
        },
    ),
    (
        lambda log: log.action_failed("bash", "working", "exit code 3", traceback="Traceback: x"),
        {
            "MESSAGE": "bash failed: exit code 3\nTraceback: x",
            "ID": MessageId.ERROR,
            "PRIORITY": "3",
            "STATE": "working",
            "ACTION": "bash",
            "TRACEBACK": "Traceback: x",
        },
    ),
    (
        lambda log: log.action_failed("bash", "working", "exit code 3", attempt=1, retry_in=2.5, job_id="job_001"),
        {
            "MESSAGE": "bash failed: exit code 3; next attempt in 2.5 s",
            "ID": MessageId.ERROR,
            "PRIORITY": "4",
            "STATE": "working",
            "ACTION": "bash",
            "ATTEMPT": "1",
            "RETRY_IN": "2.5",
            "JOB_ID": "job_001",
        },
    ),
    (
        lambda log: log.loop_blocked("resize", 1.2345),
        {
            "MESSAGE": "resize blocked the machine for 1.2 s; let it await, or move the work to a thread",
            "ID": MessageId.LOOP_BLOCKED,
            "PRIORITY": "4",
            "ACTION": "resize",
            "SECONDS": "1.234",
        },
    ),
    (
        lambda log: log.warning("odd", event="go", job_id="job_001", size=3),
        {
            "MESSAGE": "odd",
            "ID": MessageId.WARNING,
            "PRIORITY": "4",
            "EVENT": "go",
            "JOB_ID": "job_001",
            "SIZE": "3",
        },
    ),
    (
        lambda log: log.reloaded("w.yaml", "idle"),
        {"MESSAGE": "reloaded w.yaml", "ID": MessageId.RELOAD, "STATE": "idle", "FILE": "w.yaml"},
    ),
    (
        lambda log: log.reload_failed("no states", file="w.yaml"),
        {
            "MESSAGE": "reload failed, the old definition stays in force: no states",
            "ID": MessageId.RELOAD_FAILED,
            "PRIORITY": "3",
            "FILE": "w.yaml",
        },
    ),
    (
        lambda log: log.poison("bash", 3),
        {
            "MESSAGE": "bash is not started again: the process ended in it 3 times",
            "ID": MessageId.POISON,
            "PRIORITY": "3",
            "ACTION": "bash",
            "COUNT": "3",
        },
    ),
    (
        lambda log: log.job_claimed("job_001", "waiting", attempt=2),
        {
            "MESSAGE": "job job_001 claimed",
            "ID": MessageId.JOB_CLAIMED,
            "STATE": "waiting",
            "JOB_ID": "job_001",
            "ATTEMPT": "2",
        },
    ),
    (
        lambda log: log.job_failed("job_001", "working", "no paper", attempt=1),
        {
            "MESSAGE": "job job_001 failed: no paper",
            "ID": MessageId.JOB_FAILED,
            "PRIORITY": "3",
            "STATE": "working",
            "JOB_ID": "job_001",
            "ATTEMPT": "1",
        },
    ),
]


def _expected(short: dict[str, str]) -> dict[str, str]:
    plain = {"MESSAGE", "PRIORITY"}
    fields = {"PRIORITY": "6", "SYSLOG_IDENTIFIER": "statemachine", "STATEMACHINE_MACHINE": "worker"}
    for name, value in short.items():
        fields["MESSAGE_ID" if name == "ID" else name if name in plain else f"STATEMACHINE_{name}"] = str(value)
    return fields


@pytest.fixture
def log(journal: Receiver) -> MachineLog:
    configure_logging(machine="worker", debug=True, journal_address=journal.address)
    return MachineLog()


@pytest.mark.req("J2")
@pytest.mark.parametrize(("happening", "short"), CASES)
def test_a_happening_has_its_fields_and_no_others(
    log: MachineLog, journal: Receiver, happening: Callable[[MachineLog], None], short: dict[str, str]
) -> None:
    happening(log)
    assert journal.record() == _expected(short)


@pytest.mark.req("C1")
@pytest.mark.parametrize(
    ("level", "priority"),
    [("info", "6"), ("WARNING", "4"), ("Error", "3"), ("success", "5"), ("debug", "7"), ("unheard-of", "6")],
)
def test_a_log_action_writes_at_its_level(log: MachineLog, journal: Receiver, level: str, priority: str) -> None:
    log.action_log("100 % of %s", level, "working", job_id="job_001")
    assert journal.record() == _expected(
        {
            "MESSAGE": "100 % of %s",
            "PRIORITY": priority,
            "ID": MessageId.ACTION_LOG,
            "STATE": "working",
            "ACTION": "log",
            "JOB_ID": "job_001",
        }
    )


@pytest.mark.req("C1")
def test_success_has_its_own_word_on_a_terminal() -> None:
    out = io.StringIO()
    configure_logging(machine="worker", stream=out)
    MachineLog().action_log("done", "success", "working")
    MachineLog().action_log("unseen", "debug", "working")
    assert out.getvalue()[13:] == "SUCCESS  done machine=worker state=working action=log\n"


@pytest.mark.req("J2")
def test_message_ids_are_128_bits_each_and_differ() -> None:
    assert all(len(bytes.fromhex(member)) == 16 for member in MessageId)
    assert len({member.value for member in MessageId}) == len(MessageId.__members__)
