"""What proc(5) tells, while the process is changing."""

import os
import subprocess
import time

import pytest

from statemachine_internal.actions.process_table import all_processes, environment_of, stat_of

STEP = '[ $LEFT -gt 0 ] || exec cat; export LEFT=$((LEFT-1)); exec /bin/sh -c "$0" "$0"'


@pytest.mark.req("P12")
def test_a_process_never_looks_unmarked_because_it_is_in_the_middle_of_an_exec() -> None:
    environment = {"STATEMACHINE_RUN": "mark", "LEFT": "300"}
    command = ["/bin/sh", "-c", STEP, STEP]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"on\n")
        process.stdin.flush()
        os.set_blocking(process.stdout.fileno(), False)
        readings = []
        while process.stdout.read() is None:  # what cat prints says that the last exec is over
            readings.append(environment_of(process.pid))
        process.kill()
    assert len(readings) > 50
    assert [reading for reading in readings if b"STATEMACHINE_RUN=mark" not in reading] == []


def test_an_environment_that_is_really_empty_is_told_so() -> None:
    with subprocess.Popen(["/bin/cat"], env={}, stdin=subprocess.PIPE) as process:
        started = time.monotonic()
        while os.readlink(f"/proc/{process.pid}/exe") == os.readlink("/proc/self/exe"):
            assert time.monotonic() < started + 30
        assert environment_of(process.pid) == [b""]
        process.kill()


def test_a_look_at_every_process_sees_this_one() -> None:
    assert os.getpid() in all_processes()
    place = stat_of(os.getpid())
    assert place is not None
    assert place.parent == os.getppid()
