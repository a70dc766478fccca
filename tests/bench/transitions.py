"""Durable transitions, with 1, 8 and 64 events in flight, against bare commits of the same three writes."""

from __future__ import annotations

from collections.abc import Iterator

from bench.floor import BareCommits
from bench.rig import TOGGLE, connect, drive, p50, place, start
from bench.table import Row

ROUNDS = 7


def measure() -> Iterator[Row]:
    """Floor and machine take turns, so that both see the same weather."""
    with place() as workspace:
        floor = BareCommits(workspace.path)
        machine = start(workspace, "toggle", TOGGLE)
        with connect(workspace, "toggle") as connection:
            drive(connection, 500, 1)
            for _ in range(100):
                floor.commit(1)
            for in_flight in (1, 8, 64):
                bare: list[float] = []
                latencies: list[float] = []
                rates: list[float] = []
                for _ in range(ROUNDS):
                    bare += [floor.commit(in_flight) for _ in range(max(40, 400 // in_flight))]
                    rate, latency = drive(connection, 400 if in_flight == 1 else 400 * in_flight, in_flight)
                    rates.append(rate)
                    latencies += latency
                yield _row(in_flight, bare, rates, latencies)
        machine.stop()
        floor.close()


def _row(in_flight: int, bare: list[float], rates: list[float], latencies: list[float]) -> Row:
    commit, rate, latency = p50(bare), p50(rates), p50(latencies)
    what = f"durable transitions, {in_flight} in flight"
    if in_flight == 1:
        return Row(
            what=what,
            measured=f"p50 {latency * 1e6:.0f} µs",
            floor=f"commit p50 {commit * 1e6:.0f} µs",
            ratio=latency / commit,
            at_most=1.4,
        )
    floor_rate = in_flight / commit
    return Row(
        what=what,
        measured=f"{rate:,.0f}/s, p50 {latency * 1e6:.0f} µs",
        floor=f"{floor_rate:,.0f}/s",
        ratio=rate / floor_rate,
        at_least=0.4 if in_flight == 64 else None,
    )
