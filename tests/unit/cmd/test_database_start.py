"""What statemachine-db imports: a command has three times as long as an empty process, and an import is what costs."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from statemachine_internal.store.sqlite import SqliteStore
from support.workspace import Workspace

HEAVY = {
    "argparse", "asyncio", "concurrent.futures", "contextlib", "dataclasses", "datetime", "importlib.metadata",
    "importlib.resources", "inspect", "logging", "pathlib", "shutil", "socket", "sqlite3", "structlog", "subprocess",
    "tempfile", "typing", "urllib", "yaml",
}  # fmt: skip
# json brings these; a table doesn't need it.
OF_JSON = {"enum", "json", "re"}

CODE = """
import sys
before = set(sys.modules)
sys.stdout, stdout = sys.stderr, sys.stdout
from statemachine_cmd.database import main
status = main(sys.argv[1:])
print(status, *sorted(set(sys.modules) - before), file=stdout)
"""


def imported(workspace: Workspace, *arguments: str) -> set[str]:
    """The modules that a command imports, beyond what an empty process has."""
    # -S: site-packages may have start-up files, which import what they like.
    path = f"{workspace.env['PYTHONPATH']}:{Path(apsw.__file__).parent}:{Path(apsw.__file__).parent.parent}"
    done = subprocess.run(
        [sys.executable, "-S", "-c", CODE, *arguments],
        env=workspace.env | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    status, *modules = done.stdout.split()
    assert status == "0", done.stderr
    return set(modules)


@pytest.fixture
def machine(workspace: Workspace) -> Iterator[None]:
    """Something that accepts events at the control socket of "worker"."""
    SqliteStore(str(workspace.database)).close()
    (workspace.runtime_dir / "control").mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(workspace.runtime_dir / "control" / "worker.sock"))
        listener.listen()

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.send(b'{"ok":true,"id":42,"status":"accepted"}')

        thread = threading.Thread(target=answer)
        thread.start()
        yield
        thread.join()


@pytest.mark.req("G1")
@pytest.mark.usefixtures("machine")
def test_sending_to_a_running_machine_imports_neither_database_nor_anything_heavy(workspace: Workspace) -> None:
    modules = imported(workspace, "send-event", "--target", "worker", "--type", "go")
    assert modules & (HEAVY | {"apsw"}) == set()


@pytest.mark.req("G1")
def test_storing_an_event_imports_nothing_heavy(workspace: Workspace) -> None:
    assert imported(workspace, "send-event", "--target", "worker", "--type", "go") & HEAVY == set()


@pytest.mark.req("G4")
@pytest.mark.parametrize("format", ["table", "json"])
@pytest.mark.parametrize(
    "command",
    ["list-events", "process-events worker", "machine-state", "transition-history", "error-history", "status"],
)
def test_a_listing_imports_nothing_heavy(workspace: Workspace, command: str, format: str) -> None:
    SqliteStore(str(workspace.database)).close()
    modules = imported(workspace, *command.split(), "--format", format)
    assert modules & HEAVY == set()
    if format == "table":
        assert modules & OF_JSON == set()


@pytest.mark.req("G4")
def test_a_command_is_imported_alone(workspace: Workspace) -> None:
    SqliteStore(str(workspace.database)).close()
    modules = imported(workspace, "list-events")
    others = {"send_event", "process_events", "machine_state", "status", "check", "delivery", "event"}
    assert modules & {f"statemachine_cmd.db.{name}" for name in others} == set()


@pytest.mark.req("G7")
@pytest.mark.parametrize(
    "command", ["wake", "wake --print-next", "migrate", "prune --older-than 1d --force", "backup copy.db", "maintain"]
)
def test_upkeep_imports_nothing_heavy(workspace: Workspace, tmp_path: Path, command: str) -> None:
    SqliteStore(str(workspace.database)).close()
    words = [str(tmp_path / word) if word.endswith(".db") else word for word in command.split()]
    assert imported(workspace, *words) & HEAVY == set()
