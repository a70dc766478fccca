"""What a whole definition comes out as."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest

from statemachine_internal.definition import MachineDefinition, OnUnhandled, load, load_definition, parse

DATA = Path(__file__).parents[2] / "data" / "definitions"


def machine(text: str, *, warnings: tuple[str, ...] = ()) -> MachineDefinition:
    loaded = parse(text, "dir/my-machine.yaml")
    assert tuple(d.code for d in loaded.diagnostics) == warnings
    assert loaded.definition is not None
    return loaded.definition


def codes(text: str) -> list[str]:
    return [d.code for d in parse(text, "m.yaml").diagnostics]


@pytest.mark.req("A1")
def test_every_key_of_the_format_arrives() -> None:
    path = DATA / "everything.yaml"
    loaded = load(str(path))
    assert loaded.diagnostics == ()
    m = loaded.definition
    assert m is not None
    assert (m.name, m.machine_name, m.initial_state, m.file) == ("Orders", "orders", "waiting", str(path))
    assert m.description == "Every key of the format, once."
    assert m.metadata == {
        "machine_name": "orders",
        "version": "1.10",
        "job_type": "order",
        "owner": {"team": "billing", "floor": 3},
    }
    assert (m.on_unhandled, m.idle_exit) == (OnUnhandled.ERROR, 90.0)
    assert m.unhandled("checking") is OnUnhandled.DEFER
    assert m.unhandled("waiting") is OnUnhandled.ERROR
    assert m.events["order"].context_map == {"customer": "payload.customer.name"}
    assert [t.key for t in m.transitions] == [
        "waiting|order|checking#0",
        "checking,waiting|go|working#0",
        "working|timeout(2.5)|waiting#0",
        "working|order|#0",
        "*|stop|completed#0",
    ]
    assert m.timers("working") == (("timeout(2.5)", 2.5),)
    assert m.interrupts("waiting") == {"go"}
    assert m.digest == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.req("A10")
def test_comments_and_state_groups_group_states() -> None:
    m = load_definition(str(DATA / "everything.yaml"))
    assert {s.name: s.group for s in m.states.values()} == {
        "waiting": "INTAKE",
        "checking": "INTAKE",
        "working": "WORK",
        "completed": "END",
    }


@pytest.mark.req("A10")
def test_only_comments_among_the_states_name_groups() -> None:
    m = machine("# === HEAD ===\ninitial_state: a\nstates:\n  - a\n  # ===== LATE WORK =====\n  - b\n# === TAIL ===\n")
    assert (m.states["a"].group, m.states["b"].group) == (None, "LATE WORK")


@pytest.mark.req("A1")
@pytest.mark.parametrize(
    ("text", "name", "machine_name"),
    [
        ("name: N\nmetadata: {name: M, machine_name: x}\n", "N", "x"),
        ("metadata: {name: M, machine_name: x}\n", "M", "x"),
        ("metadata: {machine_name: x}\n", "x", "x"),
        ("", "my-machine", None),
    ],
)
def test_where_the_name_comes_from(text: str, name: str, machine_name: str | None) -> None:
    m = machine(text + "initial_state: a\n")
    assert (m.name, m.machine_name) == (name, machine_name)


@pytest.mark.req("A1")
def test_a_machine_name_that_no_unit_can_have_is_refused() -> None:
    assert codes("initial_state: a\nmetadata: {machine_name: ../x}\n") == ["bad-machine-name"]


@pytest.mark.req("A1")
def test_states_and_events_are_inferred_in_order_of_appearance() -> None:
    m = machine(
        "initial_state: b\ntransitions:\n  - {from: [b, c], to: a, event: go}\n  - {from: '*', to: d, event: back}\n"
        "actions:\n  e: []\n  a: []\n",
        warnings=("unknown-state",),
    )
    assert list(m.states) == ["b", "c", "a", "d", "e"]
    assert list(m.events) == ["go", "back"]


@pytest.mark.req("E5")
def test_the_relay_controller_loads_without_a_word() -> None:
    loaded = load(str(DATA / "relay_controller.yaml"))
    assert loaded.diagnostics == ()
    m = loaded.definition
    assert m is not None
    assert (m.name, m.machine_name) == ("Relay controller", "controller")
    assert len(m.states) == 4
    assert m.states["relaying_to_finalizer"].actions[0].config["payload"] == "{event_data.payload}"


@pytest.mark.req("A2")
def test_actions_of_a_transition_come_before_those_of_the_state() -> None:
    m = load_definition(str(DATA / "quick_start.yaml"))
    (transition,) = m.transitions
    assert [a.config["command"] for a in m.program("processing", transition.key)] == ["echo a job arrived"]


@pytest.mark.req("A2")
def test_own_transitions_win_over_any_and_the_first_in_the_file_wins() -> None:
    m = machine(
        "initial_state: a\ntransitions:\n  - {from: '*', to: z, event: go}\n  - {from: a, to: b, event: go, when: x}\n"
        "  - {from: a, to: c, event: go}\n  - {from: ['*', a], event: go, when: y}\n",
        warnings=("shadowed-transition",),
    )
    assert [t.target for t in m.candidates("a", "go")] == ["b", "c", None, "z"]
    assert [t.target for t in m.candidates("b", "go")] == ["z", None]
    assert m.candidates("a", "other") == ()


@pytest.mark.req("A2")
def test_without_to_a_transition_is_internal() -> None:
    m = machine("initial_state: a\ntransitions:\n  - {from: a, event: go}\n  - {from: a, to: null, event: other}\n")
    assert [t.target for t in m.transitions] == [None, None]


@pytest.mark.req("A2")
def test_keys_of_transitions_stay_when_others_come_and_go() -> None:
    first = "  - {from: a, to: b, event: go, when: x}\n"
    second = "  - {from: a, to: b, event: go}\n"
    other = "  - {from: b, to: a, event: back}\n"
    before = machine(f"initial_state: a\ntransitions:\n{first}{second}{other}")
    after = machine(f"initial_state: a\ntransitions:\n{first}  - {{from: a, to: c, event: new}}\n{second}{other}")
    assert [t.key for t in before.transitions] == ["a|go|b#0", "a|go|b#1", "b|back|a#0"]
    assert {t.key for t in before.transitions} < {t.key for t in after.transitions}


@pytest.mark.req("A2")
@pytest.mark.parametrize(
    ("transitions", "expected"),
    [
        ("{to: b, event: go}", ["missing-key"]),
        ("{from: [], to: b, event: go}", ["missing-key"]),
        ("{from: a, to: b}", ["missing-key"]),
        ("{from: a, to: '*', event: go}", ["bad-name"]),
        ("{from: {a: b}, to: b, event: go}", ["wrong-type"]),
        ("{from: a, to: [b], event: go}", ["wrong-type"]),
        ("{from: a, to: b, event: go, interrupt: on}", ["wrong-type"]),
        ("{from: a, to: b, on: go}", ["missing-key", "unknown-key"]),
        ("{from: a, to: b, event: ''}", ["bad-name"]),
        ("go", ["wrong-type"]),
    ],
)
def test_what_a_transition_needs(transitions: str, expected: list[str]) -> None:
    assert sorted(codes(f"initial_state: a\ntransitions:\n  - {transitions}\n")) == expected


@pytest.mark.req("A9")
def test_a_transition_behind_one_that_is_always_taken_is_warned_of() -> None:
    text = (
        "initial_state: a\ntransitions:\n  - {from: [a, b], to: b, event: go}\n  - {from: [b, c], to: a, event: go}\n"
        "  - {from: '*', to: a, event: go}\n  - {from: '*', to: b, event: go}\n"
    )
    found = parse(text, "m.yaml").diagnostics
    assert [(d.code, d.position.line, d.position.column) for d in found] == [
        ("shadowed-transition", 4, 34),
        ("shadowed-transition", 6, 31),
    ]
    assert "'b'" in found[0].message
    assert "line 3" in found[0].message


@pytest.mark.req("A9")
def test_a_transition_behind_a_condition_that_means_nothing_is_not_complained_of_too() -> None:
    text = (
        "initial_state: a\ntransitions:\n  - {from: a, to: b, event: go, when: x >}\n  - {from: a, to: c, event: go}\n"
    )
    assert codes(text) == ["bad-when"]


@pytest.mark.req("A7")
@pytest.mark.parametrize(
    ("transitions", "final"),
    [
        ("[{from: a, to: completed, event: go}, {from: '*', to: stopped, event: stop}]", {"completed", "stopped"}),
        ("[{from: a, to: completed, event: go}, {from: completed, to: a, event: again}]", set()),
        ("[{from: a, to: completed, event: go}, {from: completed, event: noted}]", {"completed"}),
        ("[{from: a, to: shutdown, event: go}, {from: '*', to: a, event: reset}]", {"shutdown"}),
    ],
)
def test_ending_states_are_final_where_nothing_leads_out(transitions: str, final: set[str]) -> None:
    m = machine(f"initial_state: a\ntransitions: {transitions}\n")
    assert {s.name for s in m.states.values() if s.final} == final


@pytest.mark.req("A7")
def test_final_names_the_final_states_and_no_others() -> None:
    m = machine("initial_state: a\nfinal: [b]\ntransitions: [{from: a, to: b, event: x}]")
    assert [s.name for s in m.states.values() if s.final] == ["b"]
    m = machine(
        "initial_state: a\nfinal: b\ntransitions: [{from: a, to: b, event: x}, {from: a, to: stopped, event: y}]"
    )
    assert [s.name for s in m.states.values() if s.final] == ["b"]
    m = machine("initial_state: a\nfinal: []\ntransitions: [{from: a, to: stopped, event: y}]")
    assert not any(s.final for s in m.states.values())


@pytest.mark.req("A7")
def test_a_way_out_of_a_named_final_state_is_warned_of() -> None:
    text = "initial_state: a\nfinal: [a]\ntransitions: [{from: a, to: b, event: timeout(5)}]\n"
    assert codes(text) == ["final-with-way-out"]


@pytest.mark.req("A7")
def test_stop_by_a_wildcard_ends_the_machine_way_out_or_not() -> None:
    m = machine(
        "initial_state: a\ntransitions:\n  - {from: '*', to: completed, event: stop}\n"
        "  - {from: a, to: completed, event: done}\n  - {from: completed, to: a, event: again}\n"
    )
    assert m.ends("completed", "*|stop|completed#0")
    assert not m.ends("completed", "a|done|completed#0")


@pytest.mark.req("E4")
def test_on_unhandled_has_three_choices() -> None:
    (found,) = parse("initial_state: a\non_unhandled: defr\n", "m.yaml").diagnostics
    assert (found.code, found.position.column) == ("bad-choice", 15)
    assert "ignore, defer, error" in found.hint
    assert "'defer'" in found.hint
    assert codes("initial_state: a\nstates: {a: {on_unhandled: never}}\n") == ["bad-choice"]


@pytest.mark.req("A9")
@pytest.mark.parametrize(
    "text",
    [
        "initial_state: b\nstates: [a]\n",
        "initial_state: a\nstates: [a]\ntransitions: [{from: b, to: a, event: go}]\n",
        "initial_state: a\nstates: [a]\ntransitions: [{from: a, to: b, event: go}]\n",
        "initial_state: a\nstates: [a]\nactions: {b: []}\n",
        "initial_state: a\nstates: {a: }\nfinal: [b]\n",
    ],
)
def test_with_states_given_any_other_state_is_an_error(text: str) -> None:
    (found,) = parse(text, "m.yaml").errors
    assert (found.code, found.text) == ("unknown-state", "b")


@pytest.mark.req("A9")
def test_without_initial_state_the_hint_lists_the_states() -> None:
    (found,) = parse("transitions: [{from: a, to: b, event: go}]\n", "m.yaml").errors
    assert (found.code, found.hint) == ("missing-initial-state", "write initial_state: and one of a, b")


@pytest.mark.req("A9")
def test_a_definition_of_200_lines_loads_within_milliseconds() -> None:
    states = 20
    text = "initial_state: s0\ntransitions:\n"
    text += "".join(f"  - {{from: s{n}, to: s{n + 1}, event: e{n}}}\n" for n in range(states))
    text += "actions:\n" + "".join(
        f"  s{n}:\n    - type: bash\n      command: 'make {{id}}'\n      retry: {{max: 3}}\n"
        "      when: tries < 3 and ok\n    - type: log\n      message: done\n      level: info\n"
        for n in range(states)
    )
    assert text.count("\n") >= 180
    machine(text)
    begin = time.perf_counter()
    for _ in range(10):
        machine(text)
    print(f"{text.count(chr(10))} lines: {(time.perf_counter() - begin) * 100:.2f} ms")
