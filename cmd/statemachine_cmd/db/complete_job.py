"""``complete-job``: say that a job is done."""

from __future__ import annotations

import json

from statemachine_cmd.db import job_arguments
from statemachine_cmd.db.parser import Option
from statemachine_internal.service.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Never

    from statemachine_cmd.db.parser import Given, Parser

EXAMPLE = """statemachine-db complete-job job_001 --result '{"file": "photo-800.jpg"}'"""


def add_arguments(parser: Parser) -> None:
    parser.add(job_arguments.job_operand())
    parser.add(Option("--result", "what came of it, as JSON", metavar="JSON", convert=_json))


def run(given: Given) -> int:
    from statemachine_internal.jobs.changing import QueueChange

    with QueueChange(source="cli") as change:
        change.complete(given.job, given.result)
    print(printable(f"job {given.job} completed"))
    return 0


def _json(text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_no_constant)
        json.dumps(value, allow_nan=False)  # 1e999 is read as infinity
    except (ValueError, RecursionError):
        raise ValueError("""JSON, for example: '{"file": "a.png"}', or '"a text"'""") from None
    return value


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is no JSON number")
