"""Events that ``events`` lists for nothing, and those that can hardly come under the name that a transition gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from statemachine_internal.definition.checks.emissions import emissions, unknowable
from statemachine_internal.definition.checks.given import Given
from statemachine_internal.definition.checks.sends import sends, sent_to
from statemachine_internal.definition.diagnostics import quoted
from statemachine_internal.definition.model import START_EVENT, STOP_EVENT, Transition
from statemachine_internal.definition.nodes import List, Map, Scalar
from statemachine_internal.definition.suggest import did_you_mean, listed

ENGINE_EVENTS = frozenset({START_EVENT, STOP_EVENT, "error", "job_cancelled"})
_TIME = re.compile(r"timeout[\s(\[{:=]*(\d+(?:\.\d+)?)\s*(?:s|sec|secs|seconds)?\s*[)\]}]?", re.ASCII | re.IGNORECASE)
_NEAR = 0.85  # of difflib's ratio: one letter more, less or other in a word of six


def check(given: Given, files: Sequence[Given]) -> None:
    own = _own(given)
    sent, any_sent = sent_to(given, files)
    _check_declared(given, own)
    declared = {key.text for key in _declared(given)}
    outside: dict[str, Transition] = {}
    misspelt: set[str] = set()
    for transition in given.definition.transitions:
        event = transition.event
        if transition.timeout is not None or event in own or event in sent or event in ENGINE_EVENTS:
            continue
        if event in misspelt:
            continue
        # Where events are listed, the loader has complained of one that isn't.
        problem = _misspelt(given, transition, own) if not declared else None
        if problem is not None:
            misspelt.add(event)
            hint = f"{problem[1]} if {quoted(event)} comes from outside, list it under 'events'"
            spot = given.places.of(transition.position, "event")
            given.report.warning(spot, "misspelt-event", problem[0], text=event, hint=hint)
        else:
            outside.setdefault(event, transition)
    if len(files) > 1 and outside and not given.custom and not any_sent:
        first = next(iter(outside.values()))
        message = f"no file given sends {listed(map(quoted, outside))} to {quoted(given.name)}"
        hint = "then it takes somebody else, for example statemachine-db send-event"
        spot = given.places.of(first.position, "event")
        given.report.note(spot, "outside-event", message, text=first.event, hint=hint)


def _misspelt(given: Given, transition: Transition, own: set[str]) -> tuple[str, str] | None:
    """What is wrong with the name of an event, and the first half of a hint."""
    event = transition.event
    time = _TIME.fullmatch(event)
    if time is not None:
        return f"nothing emits or sends {quoted(event)}", f"did you mean {quoted(f'timeout({time.group(1)})')}?"
    near = _meant(given, transition, own)
    if near is None:
        return None
    message = f"nothing emits or sends {quoted(event)}, but {quoted(near)} is emitted there and nothing takes it"
    return message, "write both alike;"


def _own(given: Given) -> set[str]:
    """What the machine's own actions may emit."""
    return {e.event for spec, _ in given.lists() if not given.is_custom(spec) for e in emissions(spec)}


def _declared(given: Given) -> Iterator[Scalar]:
    node = given.places.root.get("events")
    if isinstance(node, List):
        yield from (item for item in node.items if isinstance(item, Scalar))
    elif isinstance(node, Map):
        yield from (key for key, _ in node.entries)


def _check_declared(given: Given, own: set[str]) -> None:
    used = {transition.event for transition in given.definition.transitions} | ENGINE_EVENTS
    looked_for = any(spec.type in ("check_events", "clear_events") for spec, _ in given.lists())
    sent = {send.event for send in sends(given)}
    for key in _declared(given):
        if key.text in used or key.text in own or key.text in sent or key.text not in given.definition.events:
            continue
        if looked_for or given.custom:
            continue  # what looks into the inbox may ask for it
        taken = sorted(used - ENGINE_EVENTS - own - set(given.definition.events))
        near = did_you_mean(key.text, taken, given.report)
        message = f"no transition takes the event {quoted(key.text)}"
        hint = near or "add a transition with it, or remove it from 'events'"
        given.report.warning(key, "unused-event", message, text=key.text, hint=hint)


def _meant(given: Given, transition: Transition, own: set[str]) -> str | None:
    """The event, emitted in every state that the transition leads from and taken in none, that is spelt nearly so."""
    definition = given.definition
    sources = [state for state in transition.sources if state in given.reached]
    if not sources or transition.wildcard:
        return None
    for event in sorted(own & given.emitted(sources[0])):
        if SequenceMatcher(None, event, transition.event).ratio() < _NEAR:
            continue
        if all(_emits(given, state, event) and not definition.candidates(state, event) for state in sources):
            return event
    return None


def _emits(given: Given, state: str, event: str) -> bool:
    for spec, runs_in in given.lists():
        if state not in runs_in or given.is_custom(spec) or unknowable(spec):
            continue
        if any(emission.event == event for emission in emissions(spec)):
            return True
    return False
