"""The arguments of the commands for jobs: their operand, statuses, and flags that there are no more."""

from __future__ import annotations

from statemachine_cmd.db.parser import Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

STATUSES = ("pending", "scheduled", "processing", "completed", "failed", "cancelled")
FINISHED = ("completed", "failed", "cancelled")

REMOVED = ("--prompt", "--pony-prompt", "--flux-prompt", "--padding-factor", "--mask-padding-factor")
NUMBERS = frozenset({"--padding-factor", "--mask-padding-factor"})


def job_operand() -> Option:
    return Option("job", "the job's id, 1 to 256 characters", metavar="JOB", required=True)


def removed_options() -> list[Option]:
    """Flags of older versions: each is a wrong argument, and the complaint shows what to give in its place."""
    image = Option("--input-image", "removed; use --input-file", metavar="F", convert=_as_file)
    return [
        image,
        *(Option(name, "removed; use --payload", metavar="V", convert=_as_payload(name)) for name in REMOVED),
    ]


def _as_file(value: str) -> str:
    import shlex

    raise ValueError(f"--input-file {shlex.quote(value)}")


def _as_payload(name: str) -> Callable[[str], str]:
    def refuse(value: str) -> str:
        import json
        import shlex

        key = name.lstrip("-").replace("-", "_")
        fields = {key: _number(value) if name in NUMBERS else value}
        raise ValueError(f"--payload {shlex.quote(json.dumps(fields, ensure_ascii=False))}")

    return refuse


def _number(text: str) -> float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if abs(number) < 1e15 else text  # and so no infinity, and what is no number
