"""User, folders and catalog, as systemd's own tools read them."""

from __future__ import annotations

import inspect
import os
import re
import stat
from pathlib import Path

import pytest

from statemachine_internal.service.message_ids import MessageId
from statemachine_internal.service.records import MachineLog
from statemachine_internal.service.vocabulary import JOURNAL_NAMES, MESSAGE_ID
from unit.deploy.units import DEPLOY, needs, pages_that_are_missing, run

CATALOG = DEPLOY / "catalog" / "statemachine.catalog"
GIVEN = {"str": "x", "int": 1, "float": 1.0, "bool": True}
"""A value for each type of an argument; of a choice of types the first counts."""
BY_JOURNALD = {"_PID", "STATEMACHINE_MACHINE"}
"""Fields of every record: journald's own, and the one that each machine's logger carries."""


class Entry:
    """One entry of the catalog."""

    def __init__(self, text: str) -> None:
        head, _, self.body = text.partition("\n\n")
        first, *lines = head.splitlines()
        self.id = first.removeprefix("-- ").strip()
        self.headers = dict(line.split(": ", 1) for line in lines)
        self.fields = set(re.findall(r"@([A-Z_]+)@", self.headers["Subject"] + self.body))


def entries() -> dict[str, Entry]:
    texts = re.split(r"^(?=-- )", CATALOG.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    found = [Entry(text) for text in texts]
    assert len({entry.id for entry in found}) == len(found)
    return {entry.id: entry for entry in found}


class Recorder:
    """A logger that keeps the fields of what is written to it."""

    def __init__(self) -> None:
        self.fields: dict[str, set[str]] = {}

    def write(self, _text: str, **fields: object) -> None:
        names = {JOURNAL_NAMES[key] for key in fields if key != MESSAGE_ID}
        self.fields.setdefault(str(fields[MESSAGE_ID]), set()).update(names)

    debug = info = warning = error = write


def fields_of_records() -> dict[str, set[str]]:
    """The fields that a record of each kind can have."""
    recorder = Recorder()
    log = MachineLog(recorder)  # type: ignore[arg-type]
    for name, method in inspect.getmembers(log, inspect.ismethod):
        if not name.startswith("_"):
            parameters = inspect.signature(method).parameters.values()
            positional = [p for p in parameters if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
            method(*(GIVEN[str(parameter.annotation).split(" ", 1)[0]] for parameter in positional))
    return recorder.fields


@pytest.mark.req("J2")
def test_every_kind_of_record_is_in_the_catalog_and_nothing_else() -> None:
    assert set(entries()) == {kind.value for kind in MessageId}


@pytest.mark.req("J2")
@pytest.mark.parametrize("kind", MessageId)
def test_an_entry_of_the_catalog_says_what_happened_and_where_more_is_told(kind: MessageId) -> None:
    entry = entries()[kind.value]
    assert set(entry.headers) == {"Subject", "Defined-By", "Documentation"}
    assert entry.headers["Defined-By"] == "statemachine"
    assert pages_that_are_missing(entry.headers["Documentation"]) == []
    assert entry.body.strip()
    assert max(map(len, entry.body.splitlines())) <= 90


@pytest.mark.req("J2")
@pytest.mark.parametrize("kind", MessageId)
def test_an_entry_names_no_field_that_its_records_lack(kind: MessageId) -> None:
    known = fields_of_records().get(kind.value, {"STATEMACHINE_JOB_ID"})
    assert entries()[kind.value].fields <= known | BY_JOURNALD


@pytest.mark.req("J2")
def test_journalctl_takes_the_catalog(tmp_path: Path) -> None:
    needs("journalctl")
    folder = tmp_path / "usr/lib/systemd/catalog"
    folder.mkdir(parents=True)
    (folder / CATALOG.name).write_bytes(CATALOG.read_bytes())
    done = run("journalctl", f"--root={tmp_path}", "--update-catalog")
    assert (done.returncode, done.stdout) == (0, "")
    listed = run("journalctl", f"--root={tmp_path}", "--list-catalog")
    assert {line.split(" ", 1)[0] for line in listed.stdout.splitlines()} == {kind.value for kind in MessageId}


def user_of(root: Path) -> list[str]:
    """The fields of the user's line in a root's passwd."""
    lines = (root / "etc/passwd").read_text(encoding="utf-8").splitlines()
    (entry,) = [line.split(":") for line in lines if line.startswith("statemachine:")]
    return entry


@pytest.mark.req("J3")
def test_sysusers_makes_a_user_that_nobody_logs_in_as(tmp_path: Path) -> None:
    needs("systemd-sysusers")
    (tmp_path / "etc").mkdir()
    done = run("systemd-sysusers", f"--root={tmp_path}", DEPLOY / "sysusers.d" / "statemachine.conf")
    assert done.returncode == 0, done.stdout
    entry = user_of(tmp_path)
    assert int(entry[2]) < 1000
    assert entry[5:] == ["/var/lib/statemachine", "/usr/sbin/nologin"]
    assert re.search(r"^statemachine:", (tmp_path / "etc/group").read_text(), re.MULTILINE)


@pytest.mark.req("J3")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_tmpfiles_makes_folders_for_the_user_and_its_group_alone(tmp_path: Path) -> None:
    needs("systemd-tmpfiles")
    (tmp_path / "etc").mkdir()
    run("systemd-sysusers", f"--root={tmp_path}", DEPLOY / "sysusers.d" / "statemachine.conf")
    _, _, uid, gid, *_ = user_of(tmp_path)
    done = run("systemd-tmpfiles", f"--root={tmp_path}", "--create", DEPLOY / "tmpfiles.d" / "statemachine.conf")
    assert (done.returncode, done.stdout) == (0, "")
    for folder in (
        "run/statemachine",
        "run/statemachine/control",
        "var/lib/statemachine",
        "var/lib/statemachine/backups",
    ):
        found = (tmp_path / folder).stat()
        assert (found.st_uid, found.st_gid) == (int(uid), int(gid))
        assert stat.S_IMODE(found.st_mode) == (0o750 if folder == "run/statemachine" else 0o2770)
