"""An upgrade meets running machines, a schema that changes, and a definition that has lost a state.

The packages that it upgrades to are ours, with a higher version, and perhaps with one migration more.
"""

from __future__ import annotations

import re
import sqlite3
import subprocess
from pathlib import Path

from system.inside.check import check
from system.inside.commands import (
    Wrong,
    database,
    define,
    enable,
    journal,
    kill,
    machine_row,
    main_pid,
    run,
    send,
    show,
    systemctl,
    unit_of,
    until,
)
from system.inside.loading import steady_load

DATABASE = Path("/var/lib/statemachine/statemachine.db")
TOKEN = Path("/etc/statemachine/monitor.token")
BACKUPS_KEPT = 3
SCRATCH = Path("/var/tmp/newer")
MIGRATIONS = "usr/lib/python3/dist-packages/statemachine_internal/store/migrations"
GOOD = "CREATE TABLE upgrade_note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;\n"
FAILING = GOOD + "INSERT INTO upgrade_note VALUES (1, NULL);\n"
DOOR = """\
name: NAME
initial_state: waiting
transitions:
  - {from: waiting, to: open, event: opened}
  - {from: open, event: counted}
"""


@check("E3", "H5", "J3")
def an_upgrade_of_the_package_loses_and_doubles_nothing() -> None:
    newer, token = _repacked("+1"), TOKEN.read_text(encoding="ascii")
    with steady_load("upgraded") as load:
        pid = main_pid("upgraded")
        _install(newer)
        _another_process_runs("upgraded", pid)
        load.flows(10)
    assert _installed_version().endswith("+1")
    assert TOKEN.read_text(encoding="ascii") == token
    assert systemctl("list-units", "--failed", "--no-legend") == ""


@check("B6", "E3", "J3")
def a_migration_is_tried_on_a_copy_first_and_loses_and_doubles_nothing() -> None:
    """First one that fails on the copy, then the mended one, under one load; a definition changes too."""
    failing, mended = _repacked("+2", FAILING), _repacked("+3", GOOD)
    for machine in ("mortal", "keeping", "losing"):
        define(machine, DOOR.replace("NAME", machine))
        enable(machine)
        send(machine, "opened", "--wait")
    with steady_load("migrated") as load:
        pids = {machine: main_pid(machine) for machine in ("migrated", "mortal", "keeping", "losing")}
        _a_failing_migration_changes_nothing(_install(failing, ok=False), pids)
        load.flows(10)
        _who_dies_now_says_why_and_waits("mortal")
        # While it runs: the running process has its definition.
        define("losing", DOOR.replace("NAME", "losing").replace("open,", "ajar,"))
        said = _install(mended).stdout
        for machine in ("migrated", "mortal", "keeping"):
            _another_process_runs(machine, pids[machine])
        load.flows(10)
    assert _installed_version().endswith("+3")
    (backup,) = re.findall(r"brought from schema 1 to 2; backup: (\S+)", said)
    assert Path(backup).name.startswith("statemachine.db.before-schema-2."), backup
    assert (_schema(Path(backup), immutable=True), _schema(DATABASE)) == (1, 2)
    assert database("status")["schema_version"] == 2
    assert not list(DATABASE.parent.glob("*.trial*")), "the copy is still there"


@check("B6", "J3")
def a_machine_whose_state_the_new_definition_lacks_fails_alone() -> None:
    failed = systemctl("list-units", "--failed", "--no-legend", "--plain").split()
    assert failed[:1] == [unit_of("losing")], failed
    assert [word for word in failed if word.startswith("statemachine")] == failed[:1], failed
    state = show(unit_of("losing"), "ExecMainStatus", "InvocationID")
    assert state["ExecMainStatus"] == "78", state
    entries = journal(f"_SYSTEMD_INVOCATION_ID={state['InvocationID']}")
    said = [entry["MESSAGE"] for entry in entries if entry.get("_COMM") != "systemd"]
    assert len(said) == 1, said
    assert "is in state 'open'" in said[0], said
    assert "statemachine-db reset losing" in said[0], said
    assert "processed" in send("keeping", "counted", "--wait")
    assert main_pid("migrated") != 0


@check("B6", "J3")
def it_goes_on_where_it_was_when_the_state_is_back() -> None:
    assert "stored" in send("losing", "counted")
    define("losing", DOOR.replace("NAME", "losing"))
    systemctl("restart", unit_of("losing"))
    until(lambda: machine_row("losing")["pending"] == 0, "its event is taken")
    assert machine_row("losing")["state"] == "open"
    assert systemctl("list-units", "--failed", "--no-legend") == ""


@check("B6", "J3")
def an_old_process_that_dies_after_the_upgrade_comes_back_as_the_new_version() -> None:
    kill("keeping")
    assert "processed" in send("keeping", "counted", "--wait")


def _a_failing_migration_changes_nothing(done: subprocess.CompletedProcess[str], pids: dict[str, int]) -> None:
    assert done.returncode != 0, done.stdout
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("statemachine")]
    assert len(lines) == 1, lines
    assert "go on with the old version" in lines[0], lines
    assert "stays at schema 1: bringing a copy of it to 2 failed: " in lines[0], lines
    (backup,) = re.findall(r"a backup is at (\S+)", lines[0])
    assert (_schema(Path(backup), immutable=True), _schema(DATABASE)) == (1, 1)
    assert "upgrade_note" not in _tables(), "a part of the migration was done"
    status = run("dpkg-query", "--show", "--showformat=${db:Status-Status}", "statemachine").stdout
    assert status == "half-configured", status
    assert {machine: main_pid(machine) for machine in pids} == pids, "a machine was restarted"


def _who_dies_now_says_why_and_waits(machine: str) -> None:
    """It would be started as the new version, which the database isn't ready for."""
    kill(machine)

    def said() -> bool:
        run_of_it = show(unit_of(machine), "InvocationID")["InvocationID"]
        entries = journal(f"_SYSTEMD_INVOCATION_ID={run_of_it}")
        return any("stays at schema 1" in str(entry["MESSAGE"]) for entry in entries)

    until(said, f"'{machine}' says why it does not start")
    assert show(f"statemachine@{machine}.socket", "ActiveState")["ActiveState"] == "active"
    backups = [path.name for path in DATABASE.parent.glob("statemachine.db.before-schema-2.*[0-9]")]
    assert len(backups) <= BACKUPS_KEPT, backups


def _another_process_runs(machine: str, pid: int) -> None:
    def other() -> bool:
        return main_pid(machine) not in (0, pid) and show(unit_of(machine), "SubState")["SubState"] == "running"

    until(other, f"machine '{machine}' runs again, in another process than {pid}", 30)


def _install(packages: list[str], *, ok: bool = True) -> subprocess.CompletedProcess[str]:
    return run("apt-get", "install", "--yes", *packages, ok=ok, timeout=120)


def _installed_version() -> str:
    return run("dpkg-query", "--show", "--showformat=${Version}", "statemachine").stdout


def _schema(path: Path, *, immutable: bool = False) -> int:
    """The schema of a database, without this version's own eyes; one that nobody writes to gets no file beside it."""
    with sqlite3.connect(f"file:{path}?mode=ro&immutable={immutable:d}", uri=True) as connection:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.close()
    return version


def _tables() -> set[str]:
    with sqlite3.connect(f"file:{DATABASE}?mode=ro", uri=True) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    connection.close()
    return names


def _repacked(suffix: str, migration: str | None = None) -> list[str]:
    """Our packages with a higher version, and perhaps with a second migration."""
    made = []
    for package in sorted(Path("/checks").glob("statemachine*.deb")):
        name = package.name.partition("_")[0]
        folder = SCRATCH / f"{name}{suffix}"
        SCRATCH.mkdir(exist_ok=True)
        run("dpkg-deb", "--raw-extract", str(package), str(folder))
        version = run("dpkg-deb", "--field", str(package), "Version").stdout.strip()
        if not version:
            raise Wrong(f"{package} has no version")
        control = folder / "DEBIAN" / "control"
        text = control.read_text(encoding="utf-8").replace(version, f"{version}{suffix}")
        control.write_text(text, encoding="utf-8")
        if migration is not None and name == "statemachine":
            (folder / MIGRATIONS / "0002_of_the_system_tests.sql").write_text(migration, encoding="utf-8")
        made.append(f"{folder}.deb")
        run("dpkg-deb", "-Znone", "--build", str(folder), made[-1])
    return made
