"""The database goes, comes back, is another one or can't be read, while the page stays open."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from playwright.sync_api import Page, expect

from ui.conftest import Open
from ui.stage import Stage, open_stage

TAILS = ("", "-wal", "-shm")


@pytest.fixture(scope="module")
def monitored() -> Iterator[Stage]:
    with open_stage({}) as opened:
        yield opened


@pytest.fixture
def bare_stage(monitored: Stage) -> Stage:
    """No machine runs; one has run in a database of its own, so that nobody holds that but the monitor."""
    for tail in TAILS:
        Path(f"{monitored.workspace.database}{tail}").unlink(missing_ok=True)
    run(monitored, "once")
    return monitored


def run(stage: Stage, name: str) -> None:
    """A machine that is at its end at once."""
    file = stage.workspace.write(f"{name}.yaml", f"{{name: {name}, initial_state: over, final: [over]}}")
    assert stage.workspace.run("statemachine", file).returncode == 0


def move(source: Path, target: Path) -> None:
    for tail in TAILS:
        if Path(f"{source}{tail}").exists():
            os.replace(f"{source}{tail}", f"{target}{tail}")


def opened_at(open_page: Open, stage: Stage, place: str, there: str) -> Page:
    page = open_page(place, on=stage)
    expect(page.locator(there)).to_be_visible()
    expect(page.locator(".lamp")).to_have_text("live")
    page.wait_for_function("() => import('/static/app/live/database.js').then(each => each.readableAt.value > 0)")
    page.evaluate("globalThis.sameDocument = true")
    return page


def names(page: Page, *expected: str) -> None:
    expect(page.locator(".card header a")).to_have_text(list(expected))


def live_again(page: Page) -> None:
    expect(page.locator(".lamp")).to_have_text("live")
    expect(page.locator(".banner")).to_have_count(0)
    assert page.evaluate("globalThis.sameDocument")


@pytest.mark.req("H4")
def test_a_database_that_is_gone_is_told_and_comes_back(open_page: Open, bare_stage: Stage) -> None:
    page = opened_at(open_page, bare_stage, "", ".card")
    database = bare_stage.workspace.database
    aside = bare_stage.workspace.path / "aside.db"
    move(database, aside)
    expect(page.locator(".banner")).to_contain_text(f"The database is gone.There is no {database}.")
    expect(page.locator(".lamp")).to_have_text("no database")
    expect(page.locator("main")).to_have_attribute("data-stale", "")
    names(page, "once")
    move(aside, database)
    live_again(page)
    names(page, "once")
    run(bare_stage, "later")
    names(page, "later", "once")


@pytest.mark.req("H4")
def test_a_database_that_is_made_anew_is_shown_alone(open_page: Open, bare_stage: Stage) -> None:
    page = opened_at(open_page, bare_stage, "", ".card")
    machine = opened_at(open_page, bare_stage, "#/machines/once", ".heading")
    move(bare_stage.workspace.database, bare_stage.workspace.path / "old.db")
    page.bring_to_front()
    expect(page.locator(".banner")).to_contain_text("The database is gone")
    run(bare_stage, "another")
    names(page, "another")
    live_again(page)
    machine.bring_to_front()
    expect(machine.locator("main")).to_contain_text("No machine of this name has run here")
    live_again(machine)


@pytest.mark.req("H4")
def test_a_backup_that_is_put_back_is_what_is_shown(open_page: Open, bare_stage: Stage) -> None:
    workspace = bare_stage.workspace
    backup = workspace.path / "backup.db"
    assert workspace.run("statemachine-db", "backup", backup).returncode == 0
    run(bare_stage, "later")
    page = opened_at(open_page, bare_stage, "", ".card >> nth=1")
    for tail in TAILS[1:]:
        Path(f"{workspace.database}{tail}").unlink(missing_ok=True)
    os.replace(backup, workspace.database)
    run(bare_stage, "newest")
    names(page, "newest", "once")
    live_again(page)


@pytest.mark.req("H4")
def test_a_database_that_is_locked_is_told_and_comes_back(open_page: Open, bare_stage: Stage) -> None:
    page = opened_at(open_page, bare_stage, "", ".card")
    bare_stage.stop_monitor()
    expect(page.locator(".lamp")).to_have_text("disconnected")
    holder = apsw.Connection(str(bare_stage.workspace.database))
    holder.cursor().execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT").fetchall()
    bare_stage.start_monitor()
    expect(page.locator(".banner")).to_contain_text("The database can't be read.")
    expect(page.locator(".lamp")).to_have_text("unreadable")
    holder.close()
    names(page, "once")
    live_again(page)


@pytest.mark.req("H4")
def test_a_database_that_is_broken_is_told_and_comes_back(open_page: Open, bare_stage: Stage) -> None:
    page = opened_at(open_page, bare_stage, "", ".card")
    database = bare_stage.workspace.database
    aside = bare_stage.workspace.path / "aside.db"
    move(database, aside)
    database.write_bytes(b"this is no database" * 1000)
    expect(page.locator(".banner")).to_contain_text("The database can't be read.")
    shutil.move(aside, database)
    live_again(page)
    names(page, "once")
