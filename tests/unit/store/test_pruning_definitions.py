"""The texts that machines run by."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from statemachine_internal.store.pruning import Pruning
from statemachine_internal.store.sqlite import SqliteStore
from support.at_rest import add_at_rest


@pytest.mark.req("H3", "G7")
def test_a_definition_stays_as_long_as_a_machine_runs_by_it_or_the_history_names_it(tmp_path: Path) -> None:
    path = str(tmp_path / "s.db")
    store = SqliteStore(path)
    with store.transaction():
        for digest in ("used", "named", "old", "new"):
            store.keep_definition(digest, f"text of {digest}", "m.yaml", 100 if digest != "new" else 900)
        store.keep_definition("used", "another", "m.yaml", 200)
        add_at_rest(store, "m", digest="used", now=100)
        store.append("m", "machine_registered", '{"definition":"named"}', 600)
    with Pruning(path, 500, pause=lambda _: None) as pruning:
        pruning.delete()
    rows = apsw.Connection(path).cursor().execute("SELECT hash, text FROM definitions ORDER BY hash").fetchall()
    assert rows == [("named", "text of named"), ("new", "text of new"), ("used", "text of used")]
    store.close()
