"""``statemachine-db replay``: the history of a real machine against a changed definition."""

from __future__ import annotations

import json

import pytest

from support.bench import Bench

pytest_plugins = ("support.bench_fixture",)

TEXT = """
initial_state: idle
transitions:
  - {from: idle, to: busy, event: go}
  - {from: busy, to: idle, event: done}
  - {from: busy, to: stuck, event: timeout(60)}
  - {from: "*", event: note}
actions:
  busy: [{type: act, do: work}]
"""


@pytest.fixture
def history(bench: Bench) -> Bench:
    async def scenario() -> None:
        gate = bench.gate("done")
        async with bench.run(TEXT) as run:
            await run.send("go")
            await gate.going()
            gate.open()
            await bench.until(lambda: bench.rests_in("idle"))
            await run.send("done")  # nobody takes it here
            await run.send("note", {"n": 1})

    bench.play(scenario())
    return bench


@pytest.mark.req("I3", "G6")
def test_a_seeded_difference_is_found_and_none_where_there_is_none(history: Bench) -> None:
    workspace = history.workspace
    assert [s for _, s in history.events()] == ["processed", "ignored", "processed"]
    same = workspace.run("statemachine-db", "replay", "m", "--with", "m.yaml")
    assert same.returncode == 0
    assert same.stderr == "statemachine-db: 5 recorded steps, of which 0 would be otherwise with m.yaml\n"
    workspace.write("new.yaml", TEXT.replace("to: idle, event: done", "to: stuck, event: done"))
    other = workspace.run("statemachine-db", "replay", "m", "--with", "new.yaml", "--format", "json")
    assert other.returncode == 1
    (row,) = json.loads(other.stdout)
    assert (row["state"], row["event"], row["was"], row["would"]) == ("busy", "done", "idle", "stuck")
    assert "of which 1 would be otherwise with new.yaml" in other.stderr


def test_a_bad_definition_is_told_by_its_lines_and_78(history: Bench) -> None:
    history.workspace.write("bad.yaml", "transitions: 3\n")
    done = history.workspace.run("statemachine-db", "replay", "m", "--with", "bad.yaml")
    assert (done.returncode, done.stdout) == (78, "")
    assert all(": error[" in line for line in done.stderr.splitlines())


def test_a_machine_that_never_ran_is_refused_since_no_difference_would_read_as_all_is_well(history: Bench) -> None:
    done = history.workspace.run("statemachine-db", "replay", "nobody", "--with", "m.yaml", "--format", "json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "statemachine-db: no machine 'nobody' has run here; see: statemachine-db machine-state\n"
