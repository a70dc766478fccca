"""Running a command to its end, quickly, and leaving none of its processes behind.

    run_command ── Popen (vfork, new session) ──▶ shell
        ├── pidfd ───────▶ Family        waits for the shell, ends and reaps what descends from it
        └── two pipes ───▶ OutputReader  lines to the log, the last ones kept

No thread, no SIGCHLD handler: the loop watches the shell's pidfd (pidfd_open(2), Linux 5.3) and its pipes, so loops
outside the main thread work too, and nothing wakes a loop that has no command. ``subprocess.Popen`` without
``preexec_fn`` uses vfork(2); asyncio's own subprocesses cost a third more than the shell itself.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from statemachine_internal.actions.process_brand import branding
from statemachine_internal.actions.process_family import Family
from statemachine_internal.actions.process_mark import KEY_VARIABLE, RUN_VARIABLE, marker, new_mark, sweep
from statemachine_internal.actions.process_output import OutputReader
from statemachine_internal.actions.process_subreaper import subreaper

__all__ = ["KEY_VARIABLE", "RUN_VARIABLE", "Ended", "marker", "new_mark", "run_command", "sweep"]

_STATUS_UNKNOWN = 255


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a command ended. ``code`` is its exit status, or 128 + ``signal``, the signal that killed it.

    ``stdout`` and ``stderr`` are the last lines; ``duration`` is seconds. ``left_over`` are processes that could not
    be ended.
    """

    code: int
    signal: int | None
    timed_out: bool
    duration: float
    stdout: str
    stderr: str
    left_over: tuple[int, ...]


async def run_command(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    mark: str,
    write_line: Callable[[str, str], None],
    cwd: str | None = None,
    timeout: float | None = None,
) -> Ended:
    """Run a program in a session of its own, with /dev/null as its input.

    It ends with the program: what that leaves behind is ended too. At the timeout, and when this is cancelled, the
    whole family is ended; either way no process of it is left on return.

    Args:
        argv: the program's path and its arguments.
        environment: the whole environment; the mark is added.
        mark: from ``new_mark``.
        write_line: gets ``stdout`` or ``stderr`` and each line without its end.
        cwd: where to run it; None for here.
        timeout: seconds; None for no limit.

    Raises:
        OSError: it can't be started.
        ValueError: the arguments or the environment hold what can't be passed on, such as a NUL character.
    """
    started = time.monotonic()
    with subreaper:
        command = _Command(argv, {**environment, RUN_VARIABLE: mark}, mark, cwd, write_line)
        timed_out = False
        try:
            try:
                timed_out = not await command.family.leader_ends(timeout)
                await (command.family.end() if timed_out else command.family.settle())
            except BaseException:
                await command.family.end()
                raise
            finally:
                duration = time.monotonic() - started
                await command.stdout.finish()
                await command.stderr.finish()
        finally:
            code, signum = command.close()
    return Ended(
        code=code,
        signal=signum,
        timed_out=timed_out,
        duration=duration,
        stdout=command.stdout.tail,
        stderr=command.stderr.tail,
        left_over=command.family.left_over,
    )


class _Command:
    """A started program with its pipes."""

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        mark: str,
        cwd: str | None,
        write_line: Callable[[str, str], None],
    ) -> None:
        stdout, to_stdout = os.pipe()
        try:
            stderr, to_stderr = os.pipe()
        except OSError:
            os.close(stdout)
            os.close(to_stdout)
            raise
        try:
            with branding() as brand:
                self._process = subprocess.Popen(
                    argv,
                    env=environment,
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=to_stdout,
                    stderr=to_stderr,
                    start_new_session=True,
                )
            self.family = _family(self._process, mark, brand)
        except BaseException:
            os.close(stdout)
            os.close(stderr)
            raise
        finally:
            os.close(to_stdout)
            os.close(to_stderr)
        # Only this end of a pipe becomes non-blocking (O_NONBLOCK belongs to the open file), not the command's.
        os.set_blocking(stdout, False)
        os.set_blocking(stderr, False)
        self.stdout = OutputReader(stdout, lambda line: write_line("stdout", line))
        self.stderr = OutputReader(stderr, lambda line: write_line("stderr", line))

    def close(self) -> tuple[int, int | None]:
        """Let go of everything; returns the exit code and the signal that killed the program."""
        self.stdout.close()
        self.stderr.close()
        status = self.family.close()
        if status is None:
            code, signum = _STATUS_UNKNOWN, None
        elif status[0] == os.CLD_EXITED:
            code, signum = status[1], None
        else:
            code, signum = 128 + status[1], status[1]
        self._process.returncode = code  # reaped above; Popen must not try
        return code, signum


def _family(process: subprocess.Popen[bytes], mark: str, brand: int) -> Family:
    try:
        return Family(process.pid, mark, brand)
    except OSError:  # no descriptor is left for its pidfd
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
