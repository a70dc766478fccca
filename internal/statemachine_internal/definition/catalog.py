"""The built-in actions, as data: the keys that each takes, those it needs, and what it emits by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

COMMON_KEYS = frozenset({"type", "params", "description", "name", "retry", "timeout", "error", "when"})
ALIASES: Mapping[str, str] = {"activity_log": "log"}
MULTI_STEP = "multi_step"
LONGEST_WAIT = 100 * 366 * 24 * 3600  # seconds; a hundred years still fit well into 64 bits of microseconds


@dataclass(frozen=True, kw_only=True, slots=True)
class BuiltIn:
    """One built-in action.

    ``required`` holds groups of keys of which one must be there; ``success`` is the event that it emits by default when
    it succeeds, ``emits`` are the other events that it may emit, and ``renames`` says which key gives one of them
    another name; ``sets`` are the context keys that it fills, and ``into`` the keys that name such a one, with the one
    they name by default; ``example`` is a line for messages. What values can be: ``seconds`` are times, ``flags`` true
    or false, ``choices`` one of these words in any case, ``wholes`` whole numbers from 1 to the given one, ``maps``
    maps.
    """

    keys: frozenset[str]
    required: tuple[tuple[str, ...], ...] = ()
    success: str | None = None
    emits: tuple[str, ...] = ()
    renames: Mapping[str, str] = field(default_factory=dict)
    sets: tuple[str, ...] = ()
    into: Mapping[str, str] = field(default_factory=dict)  # "" where there is no default
    seconds: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wholes: Mapping[str, int] = field(default_factory=dict)
    maps: tuple[str, ...] = ()
    example: str


def _keys(text: str) -> frozenset[str]:
    return frozenset(text.split())


LIST_KEYS = ("list", "list_name", "list_key", "key")
_JOB = ("current_job", "job_id", "job_type", "input_file")  # of a claim
JOB_PARTS = (
    *("payload", "data", "id", "type", "machine_type", "input_file", "priority", "status", "machine"),
    *("attempts", "max_attempts", "source_job", "progress"),
)
"""What ``current_job`` has."""

BUILT_INS: Mapping[str, BuiltIn] = {
    "log": BuiltIn(
        keys=_keys("message level success"),
        required=(("message",),),
        choices={"level": ("info", "warning", "error", "success", "debug")},
        example='message: "order {order_id} arrived"',
    ),
    "bash": BuiltIn(
        keys=_keys("command success failure error_mappings env cwd"),
        required=(("command",),),
        success="job_done",
        sets=(
            "last_output",
            "last_stderr",
            "last_exit_code",
            "last_duration",
            "last_error_exit_code",
            "last_error_command",
        ),
        maps=("error_mappings", "env"),
        example="command: make all",
    ),
    "send_event": BuiltIn(
        keys=_keys("target_machine target event_type event payload job_id success fire_and_forget delay"),
        required=(("target_machine", "target"), ("event_type", "event")),
        success="event_sent",
        seconds=("delay",),
        flags=("fire_and_forget",),
        example="target_machine: worker, event_type: order_ready",
    ),
    "sleep": BuiltIn(
        keys=_keys("duration success"),
        required=(("duration",),),
        success="wake_up",
        seconds=("duration",),
        example="duration: 5",
    ),
    "set_context": BuiltIn(
        keys=_keys("values key value success"),
        required=(("values", "key"),),
        maps=("values",),
        example="values: {tries: 0}",
    ),
    "add_to_list": BuiltIn(
        keys=_keys("list list_name list_key key value success unique"),
        required=(LIST_KEYS, ("value",)),
        into=dict.fromkeys(LIST_KEYS, ""),
        flags=("unique",),
        example='list: seen, value: "{id}"',
    ),
    "pop_from_list": BuiltIn(
        keys=_keys("list list_name list_key key from into success empty"),
        required=(LIST_KEYS,),
        success="item_popped",
        emits=("list_empty",),
        renames={"empty": "list_empty"},
        into={"into": "current_item"},
        choices={"from": ("first", "last")},
        example="list: todo, into: item",
    ),
    "check_database_queue": BuiltIn(
        keys=_keys("job_type machine_type success new_job no_jobs"),
        success="new_job",
        emits=("no_jobs",),
        renames={"new_job": "new_job", "no_jobs": "no_jobs"},
        sets=_JOB,
        example="job_type: resize",
    ),
    "claim_job": BuiltIn(
        keys=_keys("job_id success not_available"),
        success="job_claimed",
        emits=("job_not_available",),
        renames={"not_available": "job_not_available"},
        sets=_JOB,
        example='job_id: "{event_data.payload.job}"',
    ),
    "complete_job": BuiltIn(
        keys=_keys("job_id result success not_open"),
        success="job_completed",
        emits=("job_not_open",),
        renames={"not_open": "job_not_open"},
        example='result: {file: "{output}"}',
    ),
    "fail_job": BuiltIn(
        keys=_keys("job_id reason final success not_open"),
        success="job_failed",
        emits=("job_not_open",),
        renames={"not_open": "job_not_open"},
        flags=("final",),
        example='reason: "{last_error}"',
    ),
    "add_job": BuiltIn(
        keys=_keys(
            "job_id job_type machine_type input_file payload priority max_attempts delay unique_key success duplicate"
        ),
        required=(("job_type",),),
        success="job_added",
        emits=("job_duplicate",),
        renames={"duplicate": "job_duplicate"},
        sets=("added_job",),
        seconds=("delay",),
        wholes={"priority": 2**31, "max_attempts": 2**31},
        maps=("payload",),
        example="job_type: resize, payload: {width: 800}",
    ),
    "get_pending_jobs": BuiltIn(
        keys=_keys("job_type machine_type into limit success no_jobs"),
        success="jobs_found",
        emits=("no_jobs",),
        renames={"no_jobs": "no_jobs"},
        into={"into": "pending_jobs"},
        wholes={"limit": 1000},
        example="job_type: resize, into: todo",
    ),
    "wait_for_jobs": BuiltIn(
        keys=_keys("jobs job_ids timeout_seconds success failed timed_out"),
        required=(("jobs", "job_ids"),),
        success="jobs_completed",
        emits=("jobs_failed", "jobs_timed_out"),
        renames={"failed": "jobs_failed", "timed_out": "jobs_timed_out"},
        sets=("job_statuses",),
        seconds=("timeout_seconds",),
        example='jobs: "{pending_jobs}"',
    ),
    "check_events": BuiltIn(
        keys=_keys("event_types success no_events"),  # emits the type of the event that it found
        emits=("no_events",),
        renames={"no_events": "no_events"},
        example="event_types: [order_ready]",
    ),
    "clear_events": BuiltIn(
        keys=_keys("event_types target_machine success"),
        success="events_cleared",
        emits=("no_events_to_clear",),
        sets=("cleared_events",),
        example="event_types: [order_ready]",
    ),
    "check_machine_state": BuiltIn(
        keys=_keys("target_machine expected_states timeout_seconds success"),
        success="in_expected_state",
        emits=("unexpected_state", "not_running"),
        seconds=("timeout_seconds",),
        example="target_machine: worker, expected_states: [waiting]",
    ),
    "start_fsm": BuiltIn(
        keys=_keys(
            "machine_name machine config yaml_path context_vars actions_dir wait expected_states timeout_seconds "
            "success failed timed_out already_running"
        ),
        required=(("machine_name", "machine"),),
        success="fsm_started",  # or, with wait, the first of these
        emits=("fsm_finished", "fsm_failed", "fsm_timed_out", "fsm_already_running"),
        renames={"failed": "fsm_failed", "timed_out": "fsm_timed_out", "already_running": "fsm_already_running"},
        sets=("fsm_machine", "fsm_result"),
        seconds=("timeout_seconds",),
        flags=("wait",),
        example='machine_name: "child_{job_id}", config: child.yaml, context_vars: [order_id], wait: true',
    ),
    "multi_step": BuiltIn(
        keys=_keys("steps success failure"), required=(("steps",),), example="steps: [make, make install]"
    ),
    "emit": BuiltIn(keys=_keys("event"), required=(("event",),), example="event: all_done"),
}


def built_in(type_name: str) -> BuiltIn | None:
    """The built-in action of this name or alias; None for custom ones."""
    return BUILT_INS.get(ALIASES.get(type_name, type_name))
