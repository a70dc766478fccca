"""Every command of statemachine-db, with what it takes and what it says where something is amiss.

A command without a case here fails the tests of ``test_database_cli_commands.py``.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.protocol import EventStatus, MachineStatus, NewEvent, Place, Process
from statemachine_internal.store.sqlite import SqliteStore

NOW = time.time_ns() // 1000
OLD = NOW - 100 * 86400 * 1_000_000


class Without(Enum):
    """What a command does where there is no database."""

    EMPTY = 0  # it finds nothing, and says why on stderr
    REFUSES = 1
    MAKES = 2  # it makes one


@dataclass(frozen=True, kw_only=True)
class Case:
    """A command.

    Attributes:
        sound: arguments that make it do something in ``populated``.
        wrong: arguments of which one is wrong.
        without: what it does where there is no database.
        nobody: arguments that name a machine, or a job, that there is not.
        nobody_status: what comes of those.
        writes: whether it needs the write lock.
        empty: what comes of ``sound`` in an empty database.
        is_listing: whether it prints rows, of which there may be none.
        goes_on: it does what it can, and says the rest.
    """

    sound: str = ""
    wrong: str
    without: Without = Without.EMPTY
    nobody: str | None = None
    nobody_status: int = 1
    writes: bool = False
    empty: int = 0
    is_listing: bool = False
    goes_on: bool = False


def _listing(
    nobody: str | None = None, *, wrong: str = "--format xml", sound: str = "", nobody_status: int = 0
) -> Case:
    return Case(sound=sound, wrong=wrong, nobody=nobody, nobody_status=nobody_status, is_listing=True)


def _on_a_job(sound: str, wrong: str, *, writes: bool = True) -> Case:
    _, _, rest = sound.partition(" ")
    return Case(
        sound=sound, wrong=wrong, without=Without.REFUSES, nobody=f"nobody {rest}".strip(), writes=writes, empty=1
    )


def _on_a_machine(sound: str) -> Case:
    return Case(
        sound=sound, wrong="a/b", without=Without.REFUSES, nobody=sound.replace("w", "nobody", 1), writes=True, empty=1
    )


CASES = {
    "send-event": Case(sound="--target w --type e", wrong="--target a/b --type e", without=Without.MAKES, writes=True),
    "list-events": _listing("--target nobody", wrong="--status open"),
    "process-events": _listing("nobody", sound="w", wrong="a/b"),
    "cleanup-events": Case(sound="--force", wrong="--status pending", without=Without.REFUSES, writes=True),
    "add-job": Case(sound="new --type t", wrong="new --type t --priority 0", without=Without.MAKES, writes=True),
    "list": _listing("--type nobody", wrong="--status open"),
    "details": _on_a_job("open", "", writes=False),
    "complete-job": _on_a_job("open", "open --result {"),
    "fail-job": _on_a_job("open --reason x", "open"),
    "retry-job": _on_a_job("failed", ""),
    "cancel-job": _on_a_job("open", ""),
    "remove-job": _on_a_job("done", ""),
    "cleanup": Case(sound="--status failed --force", wrong="--force", without=Without.REFUSES, writes=True),
    "reset-processing": Case(wrong="now", without=Without.REFUSES, writes=True),
    "machine-state": _listing("--machine nobody"),
    "machine-status": _listing("--machine nobody"),
    "machine-health": _listing("--machine nobody", nobody_status=1),
    "transition-history": _listing("--machine nobody", wrong="--hours 0"),
    "error-history": _listing("--machine nobody", wrong="--hours x"),
    "list-errors": _listing(),
    "controller-log": _listing("--machine nobody"),
    "replay": Case(
        sound="w --with new.yaml",
        wrong="a/b --with new.yaml",
        without=Without.REFUSES,
        nobody="nobody --with new.yaml",
        empty=1,
    ),
    "status": Case(wrong="--format xml"),
    "check": Case(wrong="--limit 0", without=Without.REFUSES),
    "wake": Case(wrong="a/b", nobody="nobody"),
    "pause": _on_a_machine("w"),
    "resume": _on_a_machine("w"),
    "reset": _on_a_machine("w --force"),
    "prune": Case(sound="--older-than 1d --force", wrong="--older-than 1", writes=True),
    "backup": Case(sound="copy.db --force", wrong="--force", without=Without.REFUSES),
    "maintain": Case(sound="--backups 0", wrong="--keep-days x", writes=True, goes_on=True),
    "migrate": Case(wrong="--format xml", without=Without.MAKES),
    "recreate-database": Case(sound="--force", wrong="--forced", without=Without.MAKES, writes=True),
}


NEW_YAML = "initial_state: s\ntransitions: [{from: s, to: s, event: more}]\n"


def populated(path: Path) -> None:
    """A database in which every listing has a row, and every command something to do; ``check`` finds it sound."""
    store = SqliteStore(str(path))
    with store.transaction():
        process = Process(pid=1, boot_id="b")
        for name in ("v", "w"):
            where = Place(state="s", status=MachineStatus.WAITING, entry=1, via="", list_start=0, cursor=0, list_end=0)
            store.create(name, where, digest="", config_type="", control_path=None, process=process, now=NOW)
            store.save(name, 1, where, NOW)
            row = {"from": "", "to": "s", "event": "start", "entry": 1}
            store.append(name, "state_change", json.dumps(row), NOW)
            store.append(name, "error", '{"error": "it broke, and says so at great length, as errors do"}', NOW)
            store.append(name, "activity_log", '{"message": "it works, and says so at great length"}', NOW)
            store.accept(NewEvent(target=name, type="open"), EventStatus.PENDING, NOW)
            store.accept(NewEvent(target=name, type="more"), EventStatus.PENDING, NOW)
            store.accept(NewEvent(target=name, type="settled"), EventStatus.IGNORED, OLD)
        for id in ("open", "done", "failed", "busy"):
            store.jobs.add(NewJob(id=id, type="t"), OLD)
        store.jobs.claim_one("w", "busy", OLD)
        store.jobs.complete("done", None, OLD)
        store.jobs.fail("failed", "no paper", OLD)
        store.set_timer("v", "timeout(5)", NOW)
    store.close()
