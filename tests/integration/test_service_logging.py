"""The log of a real process whose stderr is a journal's, and what the start of a machine must not import."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile

import pytest

from support.workspace import INHERITED_FROM_SYSTEMD, SOURCE_ROOTS

LOGGING_CHILD = """
import logging, sys
from statemachine_internal.service.logging import configure_logging
from statemachine_internal.service.records import MachineLog
configure_logging(machine="worker", journal_address=sys.argv[1])
MachineLog().transition("idle", "working", "go", 7, "job_001")
logging.getLogger("user.code").warning("from a custom action")
"""

IMPORTS = """
import sys
import statemachine_internal.service.activation, statemachine_internal.service.notify
statemachine_internal.service.activation.inherited_sockets()
statemachine_internal.service.notify.Notifier().status("idle")
print(sorted(name for name in sys.modules if name.partition(".")[0] in {"structlog", "systemd", "sdnotify", "logging"}))
"""


def environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in INHERITED_FROM_SYSTEMD}
    return inherited | {"PYTHONPATH": os.pathsep.join(map(str, SOURCE_ROOTS))}


@pytest.mark.req("J2")
def test_a_service_writes_fields_and_nothing_to_its_stderr() -> None:
    with tempfile.TemporaryDirectory(prefix="sm-") as folder, tempfile.TemporaryFile() as stderr:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
            journal.bind(f"{folder}/journal")
            found = os.fstat(stderr.fileno())
            subprocess.run(
                [sys.executable, "-c", LOGGING_CHILD, f"{folder}/journal"],
                env=environment() | {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"},
                stderr=stderr,
                check=True,
                timeout=60,
            )
            transition, custom = (journal.recv(65536).decode().splitlines() for _ in range(2))
        stderr.seek(0)
        assert stderr.read() == b""
    assert {"STATEMACHINE_MACHINE=worker", "STATEMACHINE_JOB_ID=job_001", "MESSAGE=idle -> working on go"} <= {
        *transition
    }
    assert {"STATEMACHINE_MACHINE=worker", "STATEMACHINE_LOGGER=user.code", "MESSAGE=from a custom action"} <= {*custom}


@pytest.mark.req("J1")
def test_a_start_without_systemd_pays_for_no_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], env=environment(), stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"
