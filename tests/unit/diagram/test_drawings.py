"""What a reader finds in a drawing of each kind, beyond the names that the conformance suite reads back."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from statemachine_internal.definition import parse
from statemachine_internal.diagram import Graph, graph_of, part_of
from statemachine_internal.diagram.formats import FORMATS
from statemachine_internal.diagram.scxml import OURS
from support.scxml_rules import SCXML, problems

TEXT = """
name: parcel
initial_state: new
states: [new, packed, sent, lost]
state_groups: {INTAKE: [new], OUT: [packed, sent]}
transitions:
  - {from: new, to: packed, event: pack, when: "weight < 20", actions: [{type: log, message: packed}]}
  - {from: packed, to: sent, event: send}
  - {from: packed, to: lost, event: timeout(1.5)}
  - {from: lost, event: look}
  - {from: "*", to: sent, event: stop, interrupt: true}
final: [sent]
"""
PLAIN = "initial_state: a\ntransitions: [{from: a, to: b, event: go}]\nfinal: [b]\n"


def graph(text: str = TEXT) -> Graph:
    loaded = parse(text, "m.yaml")
    assert loaded.definition is not None, loaded.diagnostics
    return graph_of(loaded.definition)


def scxml(text: str) -> ElementTree.Element:
    root = ElementTree.fromstring(FORMATS["scxml"].render(graph(text)))
    assert problems(root) == []
    return root


@pytest.mark.req("I2")
def test_mermaid_has_a_box_for_each_group_and_one_state_for_any() -> None:
    assert (
        FORMATS["mermaid"].render(graph())
        == """\
stateDiagram-v2
    state "INTAKE" as group_INTAKE {
        state "new" as new
    }
    state "OUT" as group_OUT {
        state "packed" as packed
        state "sent" as sent
    }
    state "lost" as lost
    state "any state" as any
    lost : look
    [*] --> new
    new --> packed : pack #91;weight #60; 20#93; / log
    packed --> sent : send
    packed --> lost : timeout(1.5)
    any --> sent : stop (interrupts)
    sent --> [*]
"""
    )


@pytest.mark.req("H3")
def test_mermaid_marks_the_stubs_of_a_part() -> None:
    part = part_of(graph(), "intake")
    assert part is not None
    assert "    class packed,sent outside\n" in FORMATS["mermaid"].render(part)


@pytest.mark.req("I2")
def test_an_svg_says_what_it_shows_and_follows_its_reader_s_colours() -> None:
    text = FORMATS["svg"].render(graph())
    root = ElementTree.fromstring(text)
    told = {element.get("id"): element.text for element in root if element.get("id")}
    assert told["title"] == "parcel"
    assert told["desc"] == "A state machine with 4 states and 5 transitions. It starts in new. It ends in sent."
    assert "@media(prefers-color-scheme:dark)" in text


@pytest.mark.req("I2")
def test_in_scxml_a_timer_is_a_delayed_event_that_the_exit_cancels() -> None:
    root = scxml(TEXT)
    (packed,) = (state for state in root.iter(f"{SCXML}state") if state.get("id") == "packed")
    (send,) = packed.iter(f"{SCXML}send")
    (cancel,) = packed.iter(f"{SCXML}cancel")
    (timed,) = (edge for edge in packed.iter(f"{SCXML}transition") if edge.get("target") == "lost")
    assert (send.get("event"), send.get("delay"), send.get("id")) == (timed.get("event"), "1.5s", cancel.get("sendid"))
    assert timed.get(f"{{{OURS}}}event") == "timeout(1.5)"


@pytest.mark.req("I2")
def test_in_scxml_transitions_from_any_state_are_those_of_a_state_around_all() -> None:
    root = scxml(TEXT)
    around, end = root
    assert (root.get("initial"), around.get("initial")) == (around.get("id"), "new")
    assert [edge.get("event") for edge in around.findall(f"{SCXML}transition")] == ["stop"]
    # Only a final at the top ends the machine, so that the one in there goes on to it.
    (sent,) = (state for state in around if state.get("id") == "sent")
    assert [(edge.get("event"), edge.get("target")) for edge in sent.findall(f"{SCXML}transition")] == [
        (None, end.get("id"))
    ]
    assert end.tag == f"{SCXML}final"


@pytest.mark.req("I2")
def test_in_scxml_a_plain_machine_is_plain() -> None:
    root = scxml(PLAIN)
    assert [(child.tag.removeprefix(SCXML), child.get("id")) for child in root] == [("state", "a"), ("final", "b")]
    assert (root.get("initial"), root.get("datamodel")) == ("a", "null")
    assert scxml(TEXT).get("datamodel") == "statemachine"


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        ('target="b"', "no target"),
        ('id="a"', "initial a is not inside"),
        ('event="go"', "event='a b ,'"),
        (' version="1.0" datamodel', "scxml lacks version"),
        ("final", "is not known"),
    ],
)
def test_the_rules_for_scxml_find_what_is_wrong(broken: str, complaint: str) -> None:
    better = {
        'target="b"': 'target="c"',
        'id="a"': 'id="x"',
        'event="go"': 'event="a b ,"',
        ' version="1.0" datamodel': " datamodel",
    }
    text = FORMATS["scxml"].render(graph(PLAIN)).replace(broken, better.get(broken, "finale"))
    assert complaint in "\n".join(problems(ElementTree.fromstring(text)))


@pytest.mark.req("I2")
def test_the_page_has_drawings_and_tables() -> None:
    text = FORMATS["markdown"].render(graph())
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == ["# parcel", "## States", "## Transitions", "## Events", "## Groups", "### INTAKE", "### OUT"]
    assert text.count("```mermaid\nstateDiagram-v2\n") == 3
    assert "Starts in `new`, ends in `sent`." in text
    assert "| `new` | `pack` | `packed` | <code>weight &#60; 20</code> | `log: packed` |" in text
    assert "| any state | `stop`, interrupts | `sent` |  |  |" in text
    assert "| `look` | `lost` |" in text
    assert "| OUT | `packed`, `sent` |" in text
