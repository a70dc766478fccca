"""What the Recommendation says of the elements and attributes that an SCXML document of ours may have.

https://www.w3.org/TR/scxml/, sections 3 (core constructs), 4 (executable content) and 6.2 (send), and appendix D
(schema), whose rules for names, references and content these are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

SCXML = "{http://www.w3.org/2005/07/scxml}"

_ID = re.compile(r"[^\W\d][\w.-]*")  # NCName, of which colons are no part
_NMTOKEN = re.compile(r"[\w.:-]+")
_EVENT = re.compile(r"[\w:-]+(\.[\w:-]+)*")
_DESCRIPTORS = re.compile(rf"(\*|{_EVENT.pattern}(\.\*)?)( {_EVENT.pattern}(\.\*)?)*")
_DURATION = re.compile(r"\d*(\.\d+)?(ms|s|m|h|d)")
_ANY = re.compile(r".*", re.DOTALL)


@dataclass(frozen=True)
class Rule:
    """``content`` are the children that it may have; ``foreign`` says whether it may have those of other namespaces."""

    content: frozenset[str] = frozenset()
    attributes: dict[str, re.Pattern[str]] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    foreign: bool = False


_EXECUTABLE = frozenset({"raise", "if", "foreach", "send", "script", "assign", "log", "cancel"})
_RULES = {
    "scxml": Rule(
        frozenset({"state", "parallel", "final", "datamodel", "script"}),
        {"version": re.compile(r"1\.0"), "datamodel": _NMTOKEN, "initial": _ID, "name": _NMTOKEN},
        frozenset({"version"}),
        foreign=True,
    ),
    "state": Rule(
        frozenset({"onentry", "onexit", "transition", "initial", "state", "parallel", "final", "history", "datamodel"}),
        {"id": _ID, "initial": _ID},
        foreign=True,
    ),
    "final": Rule(frozenset({"onentry", "onexit", "donedata"}), {"id": _ID}, foreign=True),
    "transition": Rule(
        _EXECUTABLE,
        {"event": _DESCRIPTORS, "cond": _ANY, "target": _ID, "type": re.compile("internal|external")},
        foreign=True,
    ),
    "onentry": Rule(_EXECUTABLE, foreign=True),
    "onexit": Rule(_EXECUTABLE, foreign=True),
    "send": Rule(attributes={"event": _EVENT, "id": _ID, "delay": _DURATION}, required=frozenset({"event"})),
    "cancel": Rule(attributes={"sendid": _ID}, required=frozenset({"sendid"})),
}


def problems(root: Element) -> list[str]:
    """What breaks a rule."""
    found = [*_element(root), *_references(root)]
    if root.tag != f"{SCXML}scxml":
        found.append(f"the root is {root.tag}")
    return found


def _element(element: Element) -> Iterator[str]:
    name = element.tag.removeprefix(SCXML)
    rule = _RULES.get(name)
    if rule is None:
        yield f"{element.tag} is not known"
        return
    for attribute, value in element.attrib.items():
        if attribute.startswith("{"):
            continue  # of another namespace: any is allowed
        pattern = rule.attributes.get(attribute)
        if pattern is None or not pattern.fullmatch(value):
            yield f"{name}: {attribute}={value!r}"
    yield from (f"{name} lacks {attribute}" for attribute in rule.required - set(element.keys()))
    if name == "transition" and not {"event", "cond", "target"} & set(element.keys()):
        yield "a transition has none of event, cond and target"
    if (element.text or "").strip():
        yield f"{name} has text"
    for child in element:
        if child.tag.startswith(SCXML):
            if child.tag.removeprefix(SCXML) not in rule.content:
                yield f"{child.tag} in {name}"
            yield from _element(child)
        elif not rule.foreign or not child.tag.startswith("{"):
            yield f"{child.tag} in {name}"


def _references(root: Element) -> Iterator[str]:
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib and element.tag.startswith(SCXML)]
    yield from (f"the id {name} is there twice" for name in set(ids) if ids.count(name) > 1)
    sends = {element.get("id") for element in root.iter(f"{SCXML}send")}
    states = set(ids) - sends
    for element in root.iter():
        if element.get("target") is not None and element.get("target") not in states:
            yield f"no target {element.get('target')}"
        if element.tag == f"{SCXML}cancel" and element.get("sendid") not in sends:
            yield f"no send {element.get('sendid')}"
        inside = {child.get("id") for child in element.iter() if child is not element}
        if "initial" in element.attrib and element.get("initial") not in inside & states:
            yield f"initial {element.get('initial')} is not inside"
