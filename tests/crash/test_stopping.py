"""B5: SIGTERM ends a machine in order; SIGHUP reads its definition anew."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

import pytest

from crash.stage import Signal, Stage

DEFINITION = """\
name: host
initial_state: idle
events: [work, worked, count, extra]
transitions:
  - {from: idle, event: work, to: working}
  - {from: working, event: worked, to: idle}
  - {from: working, event: error, to: failed}
  - {from: idle, event: count, actions: [{type: add_to_list, list: seen, value: "{event_data.payload.n}"}]}
actions:
  working:
    - {type: wait}
    - {type: set_context, key: next, value: done}
"""
# Says that it is at work, and waits for the test's word.
WAIT = """\
import asyncio
from statemachine_engine.actions import BaseAction

class WaitAction(BaseAction):
    async def execute(self, context):
        with open("tries", "a") as file:
            file.write(context["action_key"] + "\\n")
        with open("at-work", "w") as pipe:
            pipe.write("at work\\n")
        def read():
            with open("word") as pipe:
                return pipe.readline()
        word = await asyncio.get_running_loop().run_in_executor(None, read)
        context["word"] = word.strip()
        return RESULT
"""


@pytest.fixture
def host(stage: Stage) -> Stage:
    stage.write("host.yaml", DEFINITION)
    stage.write("actions/wait_action.py", WAIT.replace("RESULT", '"worked"'))
    return stage


def tries(stage: Stage) -> list[str]:
    """The keys under which the action was started."""
    return (stage.folder / "tries").read_text().splitlines()


@pytest.mark.req("B5")
@pytest.mark.req("P1")
def test_sigterm_lets_the_action_end_and_takes_up_no_new_event(
    host: Stage, signal_pipe: Callable[[str], Signal]
) -> None:
    at_work, word = signal_pipe("at-work"), signal_pipe("word")
    life = host.live("host").ready()
    host.send("host", "work")
    at_work.line()
    host.send("host", "count", '{"n": 1}')
    life.signal(signal.SIGTERM).told("STOPPING=1")
    # Sent while it drains: nobody reads it, so the sender stores it when the door is shut.
    late = threading.Thread(target=host.send, args=("host", "count", '{"n": 2}'))
    late.start()
    word.say("finished")
    assert life.end() == 0
    late.join(30)
    row = host.rows.machine("host")
    assert (row["current_state"], row["status"], row["context"]["word"]) == ("idle", "stopped", "finished")
    assert "seen" not in row["context"]
    assert [e.status for e in host.rows.events("host")] == ["processed", "pending", "pending"]
    host.live("host").ready()
    host.until_rest("host")
    assert host.rows.context("host")["seen"] == [1, 2]
    assert tries(host) == ["host:2:0"]
    host.check()


@pytest.mark.req("B5")
@pytest.mark.req("P6")
def test_a_second_sigterm_cuts_the_action_short_and_it_is_done_again(
    host: Stage, signal_pipe: Callable[[str], Signal]
) -> None:
    host.write("host.yaml", DEFINITION.replace("{type: wait}", BASH))
    at_work, word = signal_pipe("at-work"), signal_pipe("word")
    life = host.live("host").ready()
    host.send("host", "work")
    at_work.line()
    life.signal(signal.SIGTERM).told("STOPPING=1").signal(signal.SIGTERM)
    assert life.end() == 0
    assert host.rows.state("host") == "working"
    host.live("host").ready()
    at_work.line()
    word.say()
    host.until_state("host", "idle")
    assert tries(host) == ["host:2:0"] * 2
    assert host.rows.context("host")["next"] == "done"
    host.check()


BASH = """{type: bash, success: "", command: 'echo $STATEMACHINE_ACTION_KEY >> tries; echo 1 > at-work; read x < word'}
    - {type: set_context, key: next, value: done, success: worked}"""


@pytest.mark.req("B5")
def test_sigint_ends_it_in_order_too(host: Stage) -> None:
    life = host.live("host").ready()
    life.signal(signal.SIGINT)
    assert life.end() == 0
    assert host.rows.machine("host")["status"] == "stopped"


@pytest.mark.req("B5")
def test_sighup_takes_up_a_new_definition(host: Stage) -> None:
    life = host.live("host").ready()
    more = DEFINITION.replace(
        "actions:\n  working", "  - {from: idle, event: extra, to: extended}\nactions:\n  working"
    )
    host.write("host.yaml", more)
    life.signal(signal.SIGHUP).told("RELOADING=1").told("READY=1")
    host.send("host", "extra")
    host.until_state("host", "extended")
    assert life.stop() == 0
    host.check()


@pytest.mark.req("B5")
@pytest.mark.req("A9")
@pytest.mark.parametrize(
    ("text", "complaint"),
    [("name: host\ntransitions: 5\n", "transitions"), (DEFINITION.replace("idle", "quiet"), "no longer has")],
    ids=["broken", "state-losing"],
)
def test_sighup_with_a_definition_that_can_t_be_used_changes_nothing(host: Stage, text: str, complaint: str) -> None:
    life = host.live("host").ready()
    before = host.rows.machine("host")["definition_hash"]
    host.write("host.yaml", text)
    life.signal(signal.SIGHUP).told("RELOADING=1").told("READY=1")
    host.send("host", "count", '{"n": 1}')
    host.until(lambda: host.rows.context("host").get("seen") == [1], "it goes on by the old definition")
    assert complaint in life.words()
    assert host.rows.machine("host")["definition_hash"] == before
    assert life.stop() == 0


@pytest.mark.req("B6")
def test_a_start_with_a_definition_that_lost_the_state_is_refused_with_the_way_out(host: Stage) -> None:
    assert host.live("host").ready().stop() == 0
    host.write("host.yaml", DEFINITION.replace("idle", "quiet"))
    life = host.live("host")
    assert life.end() == 78
    assert "statemachine-db reset host" in life.words().splitlines()[-1]
    host.live("host", "--fresh").ready()
    host.until_state("host", "quiet")
    host.check()


@pytest.mark.req("B5")
@pytest.mark.req("C11")
def test_sighup_that_shortens_the_list_of_an_action_at_work_waits_for_its_end(
    host: Stage, signal_pipe: Callable[[str], Signal]
) -> None:
    host.write("actions/wait_action.py", WAIT.replace("return RESULT", "raise RuntimeError(word)"))
    at_work, word = signal_pipe("at-work"), signal_pipe("word")
    life = host.live("host").ready()
    host.send("host", "work")
    at_work.line()
    host.write("host.yaml", DEFINITION[: DEFINITION.index("actions:\n  working")])
    life.signal(signal.SIGHUP).told("RELOADING=1").told("READY=1")
    word.say("broken")
    host.until_state("host", "failed")
    assert host.rows.context("host")["last_error_action"] == "wait"
    assert life.stop() == 0
    host.check()


@pytest.mark.req("B5")
def test_sighup_reaches_a_machine_that_is_never_without_an_action(
    host: Stage, signal_pipe: Callable[[str], Signal]
) -> None:
    busy = DEFINITION.replace("    - {type: set_context, key: next, value: done}\n", "").replace(
        "{from: working, event: worked, to: idle}", "{from: working, event: worked, to: working}"
    )
    host.write("host.yaml", busy)
    at_work, word = signal_pipe("at-work"), signal_pipe("word")
    life = host.live("host").ready()
    host.send("host", "work")
    at_work.line()
    host.write("host.yaml", busy.replace("event: worked, to: working", "event: worked, to: rested"))
    life.signal(signal.SIGHUP).told("RELOADING=1").told("READY=1")
    word.say("once")  # by the old definition, since its end is older than what the reload may change
    at_work.line()
    word.say("twice")
    host.until_state("host", "rested")
    assert life.stop() == 0
    assert tries(host) == ["host:2:0", "host:3:0"]
    assert host.rows.errors("host") == []
    host.check()
