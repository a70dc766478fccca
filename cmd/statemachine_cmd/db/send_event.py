"""``send-event``: send an event to a machine, running or not."""

from __future__ import annotations

from statemachine_cmd.db import arguments
from statemachine_cmd.db.border import complain
from statemachine_cmd.db.event import Event
from statemachine_cmd.db.parser import MAYBE, Option
from statemachine_internal.control import delivery
from statemachine_internal.control.addresses import check_machine_name
from statemachine_internal.errors import EX_REFUSED, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from statemachine_cmd.db.parser import Given, Parser
    from statemachine_internal.control.delivery import Delivery

EXAMPLE = """statemachine-db send-event --target worker --type go --payload '{"to": "b"}'"""

WAIT_SECONDS = 30.0
ALL = "all"  # as the action of machines has it; its own constant would take too long to import


def add_arguments(parser: Parser) -> None:
    for option in (
        Option("--target", "the machine; 'ui' shows the event in the ui at once", metavar="M", required=True),
        Option("--type", "the event's name, 1 to 128 characters", metavar="E", required=True),
        Option("--payload", "a JSON map; '-' reads it from standard input, up to 16 MiB", metavar="JSON"),
        Option("--source", "who sends it, for the history (default: cli)", metavar="S", default="cli"),
        Option("--job-id", "the job that it is about", metavar="J"),
        Option(
            "--wait",
            f"wait until it is settled, and say what became of it (default: {WAIT_SECONDS:.0f} seconds)",
            metavar="SECONDS",
            value=MAYBE,
            convert=arguments.positive,
            bare=WAIT_SECONDS,
        ),
        Option("--format", "how to print it (default: text)", choices=("text", "json"), default="text"),
    ):
        parser.add(option)


def run(given: Given) -> int:
    target = check_machine_name(given.target)
    if target == ALL:
        raise UsageError(f"'{ALL}' stands for every machine only in a machine's send_event action; name one machine")
    event = Event(target=target, type=given.type, payload=given.payload, source=given.source, job_id=given.job_id)
    if given.wait is None:
        done = delivery.deliver(event)
        _say(given, event, done, done.sentence, {})
        return 0
    from statemachine_cmd.db.outcome import Watch

    with Watch() as watch:
        done = delivery.deliver(event)
        became = watch.settled(done.id, target, given.wait)
    return _tell(given, event, done, became)


def _tell(given: Given, event: Event, done: Delivery, became: dict[str, Any]) -> int:
    """Say what became of an event that was waited for."""
    status = became["status"]
    if status == "processed":
        _say(given, event, done, f"event {done.id} processed{_change(became)}", became)
        return 0
    if status in ("ignored", "failed"):
        reason = became["error"] or "no transition of the machine's state takes it"
        sentence = f"event {done.id} {status}: {reason}"
    else:
        sentence = f"{done.sentence}; it is still {status} after {given.wait:g} s"
    if given.format == "json":
        _say(given, event, done, "", became)
    elif done.remark:
        complain(done.remark)
    complain(sentence)
    return EX_REFUSED


def _change(became: dict[str, Any]) -> str:
    if "to_state" not in became:
        return ""
    if became["internal"]:
        return f": stays in {became['to_state']}"
    return f": {became['from_state']} -> {became['to_state']}"


def _say(given: Given, event: Event, done: Delivery, sentence: str, became: dict[str, Any]) -> None:
    if done.remark:
        complain(done.remark)
    if given.format == "text":
        from statemachine_internal.service.printable import printable

        print(printable(sentence))
        return
    from statemachine_cmd.db.listing import print_json

    print_json(
        {"id": done.id, "uid": event.uid, "target": event.target, "type": event.type, "delivery": done.how} | became
    )
