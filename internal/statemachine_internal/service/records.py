"""The records of a machine: one method for each happening, so that it has the same fields wherever it is reported."""

from __future__ import annotations

from .logging import Logger, get_logger
from .message_ids import MessageId
from .vocabulary import LEVELS, TEXT, TRACEBACK, as_text

# Plain text, taken once: a member of a StrEnum costs a look-up in every record.
_TRANSITION = MessageId.TRANSITION.value
_ACTION_OUTPUT = MessageId.ACTION_OUTPUT.value


class MachineLog:
    """What the runtime has to say, to the journal or the terminal.

    Every record carries the machine (bound by ``configure_logging``), its MESSAGE_ID, and those of state, event, job
    and action that it is about. Arguments that are None leave their field out.
    """

    def __init__(self, logger: Logger | None = None) -> None:
        self._log = get_logger() if logger is None else logger

    def started(self, state: str, resumed: bool, pid: int) -> None:
        """The machine runs: from the start, or from where it had left off."""
        text = f"resumed in {state}" if resumed else f"started in {state}"
        self._log.info(text, message_id=MessageId.START, state=state, resumed=resumed, pid=pid)

    def stopped(self, state: str, reason: str) -> None:
        """The run ended in order; ``reason`` is a word or two, such as "SIGTERM" or "final state"."""
        self._log.info(f"stopped in {state}: {reason}", message_id=MessageId.STOP, state=state, reason=reason)

    def paused(self, state: str) -> None:
        """Somebody has paused the machine: it takes up nothing."""
        self._log.info(f"paused in {state}", message_id=MessageId.PAUSED, state=state)

    def unpaused(self, state: str) -> None:
        """The machine goes on."""
        self._log.info(f"goes on in {state}", message_id=MessageId.UNPAUSED, state=state)

    def transition(
        self,
        from_state: str,
        to_state: str | None,
        event: str,
        event_id: int | str | None = None,
        job_id: str | None = None,
    ) -> None:
        """A committed transition. ``to_state`` None is an internal one, which leaves the state as it is."""
        if to_state is None:
            text, state = f"{from_state}: {event}", from_state
        else:
            text, state = f"{from_state} -> {to_state} on {event}", to_state
        self._log.info(
            text,
            message_id=_TRANSITION,
            state=state,
            from_state=from_state,
            trigger=event,
            event_id=event_id,
            job_id=job_id,
        )

    def transitions(self, count: int, first: str, last: str) -> None:
        """``count`` transitions of one commit, from the state ``first`` to the state ``last``."""
        self._log.info(
            f"{count} transitions, {first} -> {last}",
            message_id=MessageId.TRANSITIONS,
            state=last,
            from_state=first,
            count=count,
        )

    def event_ignored(self, event: str, event_id: int | str | None, state: str, reason: str) -> None:
        """An event had no effect."""
        self._log.info(
            f"{event} ignored in {state}: {reason}",
            message_id=MessageId.EVENT_IGNORED,
            state=state,
            trigger=event,
            event_id=event_id,
            reason=reason,
        )

    def refused(self, code: str, text: str, uid: int | None) -> None:
        """A sender was told no; ``uid`` is the kernel's word for who it was."""
        self._log.warning(f"message refused ({code}): {text}", message_id=MessageId.REFUSAL, code=code, uid=uid)

    def action_started(
        self,
        action: str,
        state: str,
        job_id: str | None = None,
        event: str | None = None,
        attempt: int | None = None,
    ) -> None:
        """An action begins (debug)."""
        self._log.debug(
            f"{action} begins",
            message_id=MessageId.ACTION_START,
            state=state,
            action=action,
            job_id=job_id,
            trigger=event,
            attempt=attempt,
        )

    def action_output(
        self,
        action: str,
        stream: str,
        line: str | bytes,
        state: str,
        job_id: str | None = None,
        event: str | None = None,
    ) -> None:
        """A line that a command wrote to ``stream`` ("stdout" or "stderr"); the journal keeps its bytes."""
        self._log.info(
            as_text(line),
            message_id=_ACTION_OUTPUT,
            state=state,
            action=action,
            stream=stream,
            job_id=job_id,
            trigger=event,
        )

    def action_failed(
        self,
        action: str,
        state: str,
        message: str,
        traceback: str | None = None,
        job_id: str | None = None,
        attempt: int | None = None,
        retry_in: float | None = None,
        event: str | None = None,
    ) -> None:
        """An action failed: an error, or a warning if it is tried again in ``retry_in`` seconds."""
        text = f"{action} failed: {message}"
        if retry_in is not None:
            text = f"{text}; next attempt in {retry_in:g} s"
        fields = {
            "message_id": MessageId.ERROR,
            "state": state,
            "action": action,
            "job_id": job_id,
            "trigger": event,
            "attempt": attempt,
            "retry_in": retry_in,
            TRACEBACK: traceback,
        }
        (self._log.error if retry_in is None else self._log.warning)(text, **fields)

    def action_log(
        self, message: str, level: str, state: str, job_id: str | None = None, event: str | None = None
    ) -> None:
        """The message of a ``log`` action. ``level``: info, warning, error, success or debug, in any case."""
        name = level.lower()
        write = {"debug": self._log.debug, "warning": self._log.warning, "error": self._log.error}.get(
            name, self._log.info
        )
        write(
            message,
            message_id=MessageId.ACTION_LOG,
            level=name if name in LEVELS else "info",
            state=state,
            action="log",
            job_id=job_id,
            trigger=event,
        )

    def loop_blocked(self, action: str, seconds: float, state: str | None = None) -> None:
        """A custom action kept the machine from its socket, its timers and its watchdog."""
        self._log.warning(
            f"{action} blocked the machine for {seconds:.1f} s; let it await, or move the work to a thread",
            message_id=MessageId.LOOP_BLOCKED,
            state=state,
            action=action,
            seconds=round(seconds, 3),
        )

    def warning(self, text: str, **fields: object) -> None:
        """Something that has no kind of its own, with any fields; ``event`` is the event that the machine takes."""
        if TEXT in fields:
            fields["trigger"] = fields.pop(TEXT)
        self._log.warning(text, **{"message_id": MessageId.WARNING, **fields})

    def reloaded(self, file: str, state: str | None = None) -> None:
        """A new definition was taken up."""
        self._log.info(f"reloaded {file}", message_id=MessageId.RELOAD, state=state, file=file)

    def reload_failed(self, text: str, file: str | None = None, state: str | None = None) -> None:
        """A new definition was refused."""
        self._log.error(
            f"reload failed, the old definition stays in force: {text}",
            message_id=MessageId.RELOAD_FAILED,
            state=state,
            file=file,
        )

    def poison(self, action: str, count: int, state: str | None = None, job_id: str | None = None) -> None:
        """An action took its process down ``count`` times and is not started again."""
        self._log.error(
            f"{action} is not started again: the process ended in it {count} times",
            message_id=MessageId.POISON,
            state=state,
            action=action,
            job_id=job_id,
            count=count,
        )

    def job_added(self, job_id: str, state: str) -> None:
        """The machine has put a job into the queue."""
        self._log.info(f"job {job_id} added", message_id=MessageId.JOB_ADDED, state=state, job_id=job_id)

    def job_claimed(self, job_id: str, state: str, attempt: int | None = None) -> None:
        """The machine works on a job from here on."""
        self._log.info(
            f"job {job_id} claimed", message_id=MessageId.JOB_CLAIMED, state=state, job_id=job_id, attempt=attempt
        )

    def job_completed(self, job_id: str, state: str) -> None:
        """The job is done."""
        self._log.info(f"job {job_id} completed", message_id=MessageId.JOB_COMPLETED, state=state, job_id=job_id)

    def job_failed(self, job_id: str, state: str, error: str, attempt: int | None = None) -> None:
        """An attempt at the job has failed."""
        self._log.error(
            f"job {job_id} failed: {error}",
            message_id=MessageId.JOB_FAILED,
            state=state,
            job_id=job_id,
            attempt=attempt,
        )
