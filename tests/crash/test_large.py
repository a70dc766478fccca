"""Large payloads arrive whole, or are refused with one clear line; either way nothing is lost."""

from __future__ import annotations

import json
import subprocess

import pytest

from crash.stage import Stage
from statemachine_internal.control import client
from statemachine_internal.control.delivery import ACCEPTED
from statemachine_internal.control.outcomes import Refusal
from support.workspace import program_argv

RELAY = """\
name: first
initial_state: idle
events: [data]
transitions:
  - from: idle
    event: data
    actions: [{type: send_event, target_machine: second, event_type: data, payload: "{event_data.payload}"}]
"""
KEEPER = """\
name: second
initial_state: idle
events: {data: {context_map: {kept: payload}}}
transitions:
  - {from: idle, event: data, to: filled}
  - {from: filled, event: data, to: filled}
"""


def payload(size: int) -> dict[str, str]:
    """About so many bytes, with what is hard to carry among them."""
    start = "ünï \\ \" ' $(x) \n\t 😀 "
    return {"text": start + "x" * (size - 40)}


@pytest.mark.req("P1")
@pytest.mark.req("E1")
def test_150_kilobytes_arrive_whole_and_pass_on_whole(stage: Stage) -> None:
    stage.write("first.yaml", RELAY)
    stage.write("second.yaml", KEEPER)
    stage.live("first").ready()
    stage.live("second").ready()
    data = payload(150_000)
    assert stage.send("first", "data", json.dumps(data)).how == ACCEPTED
    stage.until_state("second", "filled")
    stage.until_rest("first", "second")
    assert stage.rows.context("second")["kept"] == data
    stage.check()


@pytest.mark.req("P1")
@pytest.mark.req("E1")
@pytest.mark.parametrize("size", [200_000, 300_000])
def test_what_is_too_large_is_refused_in_one_line_and_the_door_stays_open(stage: Stage, size: int) -> None:
    stage.write("second.yaml", KEEPER)
    stage.live("second").ready()
    with pytest.raises(Refusal) as refused:
        client.send("second", "data", payload(size), source="test")
    assert refused.value.code == "payload_too_large"
    assert len(str(refused.value).splitlines()) == 1
    assert stage.rows.events() == []
    assert stage.send("second", "data", '{"small": 1}').how == ACCEPTED
    stage.check()


@pytest.mark.req("P1")
@pytest.mark.req("G1")
def test_the_command_stores_what_is_too_large_for_the_socket_and_it_is_delivered(stage: Stage) -> None:
    stage.write("first.yaml", RELAY)
    stage.write("second.yaml", KEEPER)
    stage.live("first").ready()
    stage.live("second").ready()
    data = payload(300_000)
    command = ["send-event", "--target", "first", "--type", "data", "--payload", "-"]
    sent = subprocess.run(
        [*program_argv("statemachine-db"), *command],
        input=json.dumps(data),
        env=stage.workspace.env,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert sent.returncode == 0, sent.stderr
    assert len(sent.stdout.splitlines()) == 1
    assert "stored for first" in sent.stdout
    stage.until_state("second", "filled")
    assert stage.rows.context("second")["kept"] == data
    stage.check()
