"""``states:``: the names that exist, and what is said of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from statemachine_internal.definition.diagnostics import Report, quoted
from statemachine_internal.definition.fields import Fields, choice_of, name_of
from statemachine_internal.definition.model import ANY_STATE, OnUnhandled
from statemachine_internal.definition.nodes import List, Map, Node, Scalar, is_null, kind, shown
from statemachine_internal.definition.suggest import did_you_mean, listed

_FORM = "write a list of names, or a map of name to {on_unhandled: ignore}"
_SYNONYMS = {"unhandled": "on_unhandled"}


@dataclass(slots=True)
class StateNames:
    """The states, in order of appearance. ``declared``: by ``states:``; else inferred from where they are used."""

    declared: bool
    places: dict[str, Scalar] = field(default_factory=dict)
    on_unhandled: dict[str, OnUnhandled] = field(default_factory=dict)

    def infer(self, uses: Iterable[Scalar]) -> None:
        """Takes the names in ``uses`` as states, unless ``states:`` says which exist."""
        if not self.declared:
            for use in uses:
                if use.text != ANY_STATE:
                    self.places.setdefault(use.text, use)

    def knows(self, use: Scalar, role: str, report: Report, *, strict: bool = True) -> bool:
        """Whether ``use`` names a state; if not, an error, or a warning if states are inferred and not ``strict``."""
        if use.text in self.places:
            return True
        near = did_you_mean(use.text, self.places, report)
        message = f"{role} names the state {quoted(use.text)}, which doesn't exist"
        if self.declared or strict:
            add = "add it to 'states'" if self.declared else f"the states are: {listed(self.places)}"
            report.error(use, "unknown-state", message, text=use.text, hint=near or add)
        else:
            message = f"{role} names the state {quoted(use.text)}, which no transition has"
            hint = near or "add a transition to it, or remove it"
            report.warning(use, "unknown-state", message, text=use.text, hint=hint)
        return False


def read_states(node: Node | None, report: Report) -> StateNames:
    """What ``states:`` says; names are still to be inferred where it isn't given."""
    found = StateNames(declared=node is not None)
    if isinstance(node, List):
        for item in node.items:
            _add(item, found, report)
    elif isinstance(node, Map):
        for key, value in node.entries:
            if _add(key, found, report):
                _settings(key, value, found, report)
    elif node is not None:
        message = f"'states' must be a list or a map, not {kind(node)}"
        report.error(node, "wrong-type", message, text=shown(node), hint=_FORM)
    return found


def on_unhandled_of(node: Node, report: Report) -> OnUnhandled | None:
    """``ignore``, ``defer`` or ``error``."""
    choice = choice_of(node, "'on_unhandled'", [member.value for member in OnUnhandled], report)
    return None if choice is None else OnUnhandled(choice)


def _add(node: Node, found: StateNames, report: Report) -> bool:
    if isinstance(node, Map):
        report.error(node, "wrong-type", "a state in the list must be a name, not a map", hint=_FORM)
        return False
    name = name_of(node, "a state", report)
    if name is None or not isinstance(node, Scalar):
        return False
    if name == ANY_STATE:
        message, hint = "no state can be called '*', which stands for any", "give it a name"
        report.error(node, "bad-name", message, text=name, hint=hint)
        return False
    if name in found.places:
        message = f"the state {quoted(name)} is listed twice"
        report.warning(node, "duplicate-state", message, text=name, hint="keep one of the two")
        return False
    found.places[name] = node
    return True


def _settings(key: Scalar, node: Node, found: StateNames, report: Report) -> None:
    if is_null(node):
        return
    if not isinstance(node, Map):
        message = f"the entry of a state must be a map, not {kind(node)}"
        report.error(node, "wrong-type", message, text=shown(node), hint=_FORM)
        return
    fields = Fields(node, ("on_unhandled", "description"), "a state's entry", report, _SYNONYMS)
    choice = fields.get("on_unhandled")
    policy = on_unhandled_of(choice, report) if choice is not None else None
    if policy is not None:
        found.on_unhandled[key.text] = policy
