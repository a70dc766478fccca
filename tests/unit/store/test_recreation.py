"""What ``recreate-database`` empties."""

from __future__ import annotations

from pathlib import Path

import pytest

from statemachine_internal.store.connection import connect
from statemachine_internal.store.queries import Queries


@pytest.mark.req("G7")
def test_every_table_of_ours_is_emptied(tmp_path: Path) -> None:
    connection = connect(str(tmp_path / "statemachine.db"))
    rows = connection.cursor().execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    connection.close()
    ours = {str(name) for (name,) in rows if not str(name).startswith("sqlite_")}
    emptied = {line.split()[-1].rstrip(";") for line in Queries("recreation").empty.splitlines() if "DELETE" in line}
    assert emptied == ours
