"""The arguments of the commands for jobs: their operand, statuses, and flags that there are no more."""

from __future__ import annotations

from statemachine_cmd.db.parser import Option
from statemachine_internal.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from statemachine_cmd.db.parser import Given

STATUSES = ("pending", "scheduled", "processing", "completed", "failed", "cancelled")
FINISHED = ("completed", "failed", "cancelled")

IMAGE = "--input-image"
REMOVED = ("--prompt", "--pony-prompt", "--flux-prompt", "--padding-factor", "--mask-padding-factor")
NUMBERS = frozenset({"--padding-factor", "--mask-padding-factor"})


def job_operand() -> Option:
    return Option("job", "the job's id, 1 to 256 characters", metavar="JOB", required=True)


def removed_options() -> list[Option]:
    """Flags of older versions, for ``refuse_removed`` to speak of."""
    return [
        Option(IMAGE, "removed; use --input-file", metavar="F"),
        *(Option(name, "removed; use --payload", metavar="V") for name in REMOVED),
    ]


def refuse_removed(given: Given, payload_json: str) -> None:
    """Refuse all flags of older versions at once, and show what to give in their place, with the payload as it is.

    Raises:
        UsageError: there are such flags.
    """
    import json
    import shlex

    found = {option: value for option in removed_options() if (value := getattr(given, option.key)) is not None}
    if not found:
        return
    instead = [f"--input-file {shlex.quote(value)}" for option, value in found.items() if option.name == IMAGE]
    fields = {option.key: _value(option.name, value) for option, value in found.items() if option.name != IMAGE}
    if fields:
        payload = {**json.loads(payload_json), **fields}
        instead.append(f"--payload {shlex.quote(json.dumps(payload, ensure_ascii=False))}")
    names = ", ".join(option.name for option in found)
    gone = "is gone" if len(found) == 1 else "are gone"
    raise UsageError(f"{names} {gone}; use {' '.join(instead)}; see: statemachine-db add-job --help")


def _value(name: str, text: str) -> float | str:
    if name not in NUMBERS:
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    return number if abs(number) < 1e15 else text  # and so no infinity, and what is no number
