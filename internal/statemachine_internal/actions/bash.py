"""``bash``: run a shell command."""

from __future__ import annotations

import errno
import json
import math
import os
import signal
from collections.abc import Mapping
from functools import cache, partial
from typing import Any, ClassVar

from statemachine_internal.actions.base import BaseAction
from statemachine_internal.actions.names import held_job
from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.process import KEY_VARIABLE, Ended, new_mark, run_command
from statemachine_internal.actions.process_environment import environment_for_others
from statemachine_internal.actions.scope import Scope
from statemachine_internal.errors import ActionError
from statemachine_internal.interpolation import InterpolationError, render_command
from statemachine_internal.jobs.progress import in_line

DEFAULT_TIMEOUT = 30.0  # seconds
DEFAULT_SUCCESS = "job_done"
_COMMAND_SHOWN = 1000  # characters


class BashAction(BaseAction):
    """Run ``command`` with bash, or with /bin/sh on a host that has no bash.

    dash would start in half the time, but an action that is called bash will be given arrays and ``[[ ]]``.

    The action ends when the shell does. P12: whatever the command started and left behind, in the background or in a
    session of its own, is ended then (a tenth of a second to end by itself, SIGTERM, two seconds, SIGKILL), and
    likewise at the timeout and when the action is cancelled. To start something that lasts use ``start_fsm`` or a
    systemd unit.

    Keys: ``command``; ``timeout`` (seconds, 30); ``success`` (the event of exit status 0, ``job_done``; empty: none);
    ``error_mappings`` (exit status to event: an answer, not a failure); ``env`` (null removes a variable); ``cwd``.
    A signal's exit status is 128 + its number.

    The command finds STATEMACHINE_MACHINE, STATEMACHINE_STATE, STATEMACHINE_JOB_ID and STATEMACHINE_ACTION_KEY in its
    environment. The key is the same for every try of one action, so that a command can tell what it did before. In
    the context stand afterwards ``last_output``, ``last_stderr`` (the last 20 lines, 8 KiB at most),
    ``last_exit_code`` and ``last_duration`` (seconds).

    A line ``progress: 40%`` on stdout or stderr is the progress of the machine's job.
    """

    raw: ClassVar[frozenset[str]] = frozenset({"command"})
    keeps_time: ClassVar[bool] = True

    async def run(self, scope: Scope) -> Outcome:
        """Run the command.

        Raises:
            ActionError: it can't be started, it timed out, or its exit status stands for failure.
        """
        command = self.get_config_value("command")
        if not isinstance(command, str) or not command.strip():
            raise ActionError("bash needs 'command': the text of a shell command")
        shown = command[:_COMMAND_SHOWN]
        timeout = self._timeout()
        cwd = self._cwd()
        mappings = self._map("error_mappings")
        try:
            rendered = render_command(command, scope.names)
            ended = await run_command(
                [_shell(), "-c", "--", rendered.text],
                environment=self._environment(scope, rendered.environment),
                mark=new_mark(scope.machine),
                write_line=scope.log.output if held_job(scope.context) is None else partial(_take_line, scope),
                cwd=cwd,
                timeout=timeout,
            )
        except (OSError, ValueError, InterpolationError) as error:
            raise ActionError(_not_started(error, cwd), details={"last_error_command": shown}) from error
        if ended.left_over:
            pids = ", ".join(map(str, ended.left_over))
            scope.log.warning(
                f"processes of a command could not be ended: {pids}; they run as another user, or hang in the kernel"
            )
        changes = {
            "last_output": ended.stdout,
            "last_stderr": ended.stderr,
            "last_exit_code": ended.code,
            "last_duration": round(ended.duration, 3),
        }
        if not ended.timed_out:
            if ended.code == 0:
                return Outcome(event=self.get_config_value("success", DEFAULT_SUCCESS) or None, changes=changes)
            for key in (ended.code, str(ended.code)):
                if key in mappings:
                    return Outcome(event=mappings[key] or None, changes=changes)
        details = {**changes, "last_error_exit_code": ended.code, "last_error_command": shown}
        raise ActionError(_failure(ended, timeout), details=details)

    def _timeout(self) -> float | None:
        given = self.get_config_value("timeout")
        try:
            seconds = DEFAULT_TIMEOUT if given is None else float(given)
        except (TypeError, ValueError):
            seconds = math.nan
        if not seconds > 0:
            raise ActionError(f"timeout of a bash action is {given!r}; write a number of seconds above 0")
        return None if math.isinf(seconds) else seconds  # a placeholder may bring it

    def _map(self, key: str) -> Mapping[Any, Any]:
        given = self.get_config_value(key) or {}
        if not isinstance(given, Mapping):
            raise ActionError(
                f"{key} of a bash action is a {type(given).__name__}; write a map, one `key: value` a line"
            )
        return given

    def _cwd(self) -> str | None:
        given = self.get_config_value("cwd")
        return os.path.expanduser(str(given)) if given not in (None, "") else None

    def _environment(self, scope: Scope, values: Mapping[str, str]) -> dict[str, str]:
        environment = environment_for_others()
        for name, value in self._map("env").items():
            if value is None:
                environment.pop(str(name), None)
            else:
                environment[str(name)] = _text(value)
        environment |= values
        environment["STATEMACHINE_MACHINE"] = scope.machine
        environment["STATEMACHINE_STATE"] = scope.state
        environment[KEY_VARIABLE] = scope.action_key
        if scope.job_id is not None:
            environment["STATEMACHINE_JOB_ID"] = scope.job_id
        return environment


def _take_line(scope: Scope, stream: str, line: str) -> None:
    """A line of a command in a machine that has a job."""
    scope.log.output(stream, line)
    percent = in_line(line)
    if percent is not None:
        scope.report_progress(percent)


@cache
def _shell() -> str:
    return "/bin/bash" if os.access("/bin/bash", os.X_OK) else "/bin/sh"


def _text(value: Any) -> str:
    """A value of ``env`` as placeholders in mixed text would read."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


def _not_started(error: Exception, cwd: str | None) -> str:
    if not isinstance(error, OSError):
        return f"command not started: {error}"
    if error.errno == errno.E2BIG:
        return (
            "command not started: the command, or a value in it or in its environment, is too long for Linux "
            "(128 KiB each, execve(2)); write the value to a file and pass the file's name"
        )
    if cwd is not None and error.filename == cwd:
        return f"command not started: cwd '{cwd}': {error.strerror}"
    return f"command not started: {error.filename or 'fork'}: {error.strerror}"


def _failure(ended: Ended, timeout: float | None) -> str:
    if ended.timed_out:
        return f"command timed out after {timeout:g} s"
    if ended.signal is not None:
        message = f"command was killed by {_signal_name(ended.signal)}"
    else:
        message = f"command exited with {ended.code}"
    words = next((line.strip() for line in reversed(ended.stderr.splitlines()) if line.strip()), "")
    return f"{message}: {words[:500]}" if words else message


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"  # a real-time signal between SIGRTMIN and SIGRTMAX has no name of its own
