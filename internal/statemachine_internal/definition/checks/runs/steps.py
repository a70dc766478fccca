"""What one machine may do next, in a configuration of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from statemachine_internal.definition.checks.runs.actor import Actor
from statemachine_internal.definition.checks.runs.answers import after_action, seen
from statemachine_internal.definition.checks.runs.moves import Configuration, Happening, Move, move
from statemachine_internal.definition.checks.runs.outcomes import Chance, Cost, Result, hardly_fails
from statemachine_internal.definition.checks.runs.place import (
    INBOX,
    Phase,
    Standing,
    advanced,
    entered,
    started,
)
from statemachine_internal.definition.model import ActionSpec, OnUnhandled, Transition

_SEES_OTHERS = frozenset({"send_event", "check_events", "clear_events", "check_machine_state", "start_fsm"})


class Steps:
    """The steps of a group of machines. ``cut`` tells whether one had to be left out for good, for a full inbox."""

    def __init__(self, group: Sequence[Actor]) -> None:
        self.group = group
        self.cut = False
        self.stopped: set[tuple[int, str]] = set()  # a machine, and a state that a person's stop leads to
        self.taken: set[tuple[int, str]] = set()  # a machine, and an event of its inbox that it took

    def of(self, whole: Configuration, index: int) -> list[Move]:
        """All that the machine ``index`` may do next."""
        at = whole[index]
        if at.phase is Phase.READY:
            return [*self._act(whole, index), *self._interrupt(whole, index)]
        moves = list(self._due(whole, index))
        if at.phase is Phase.FRESH:
            moves += self._start(whole, index)
        elif at.phase is Phase.DONE:
            cost = Cost.INSTANT if at.inbox else Cost.OUTSIDE
            again = Standing(self.group[index].definition.initial_state, inbox=at.inbox, later=at.later)
            moves.append(move(whole, index, again, cost, Chance.OPEN, Happening(index, "starts")))
        else:
            if at.phase is Phase.PARKED:
                moves += self._found(whole, index)
            moves += self._timers(whole, index)
            moves += self._take_outside(whole, index)
            if at.inbox:
                moves += self._take(whole, index)
        return moves

    def is_private(self, whole: Configuration, index: int) -> bool:
        """Whether no other machine can change what this one may do next, nor see it: the others may wait for it."""
        at, actor = whole[index], self.group[index]
        if actor.watched or at.later:
            return False
        if at.phase is Phase.FRESH:
            return True
        if at.phase is Phase.READY:
            spec = actor.definition.program(at.state, at.via)[at.cursor]
            return spec.type not in _SEES_OTHERS and actor.sent.isdisjoint(actor.definition.interrupts(at.state))
        if at.phase is Phase.PARKED:
            spec = actor.definition.program(at.state, at.via)[at.cursor]
            return bool(at.inbox) and spec.type != "check_machine_state"
        return at.phase is Phase.RESTING and bool(at.inbox)

    # the beginning, and what comes to a machine

    def _start(self, whole: Configuration, index: int) -> Iterator[Move]:
        at, actor = whole[index], self.group[index]
        for transition, odds in actor.choices(at.state, "start"):
            after = entered(actor.definition, at, transition) if transition else started(actor.definition, at)
            chance = max(odds, Chance.OPEN) if actor.child else odds
            happening = Happening(index, "starts", "start", transition=transition, before=at.state)
            yield move(whole, index, after, Cost.INSTANT, chance, happening)

    def _take(self, whole: Configuration, index: int) -> Iterator[Move]:
        """The oldest event of the inbox, taken or not."""
        at, actor = whole[index], self.group[index]
        event, rest = at.inbox[0], at._replace(inbox=at.inbox[1:])
        for transition, chance in actor.choices(at.state, event):
            if transition is not None:
                self.taken.add((index, event))
                after = entered(actor.definition, rest, transition)
                happening = Happening(index, "takes", event, transition=transition, before=at.state)
                yield move(whole, index, after, Cost.INSTANT, chance, happening)
                continue
            policy = actor.definition.unhandled(at.state)
            happening = Happening(index, "drops", event, before=at.state)
            if policy is OnUnhandled.DEFER:
                after = rest._replace(deferred=(*at.deferred, event))
                yield move(whole, index, after, Cost.INSTANT, chance, happening)
            elif policy is OnUnhandled.ERROR:
                for error, odds in actor.choices(at.state, "error"):
                    after = entered(actor.definition, rest, error) if error else rest
                    yield move(whole, index, after, Cost.INSTANT, max(chance, odds), happening)
            else:
                yield move(whole, index, rest, Cost.INSTANT, chance, happening)

    def _take_outside(self, whole: Configuration, index: int) -> Iterator[Move]:
        at, actor = whole[index], self.group[index]
        for event in sorted(actor.outside.intersection(actor.definition.events_taken(at.state))):
            choices = actor.choices(at.state, event, from_outside=True)
            yield from self._arrive(whole, index, event, Cost.OUTSIDE, choices)

    def _timers(self, whole: Configuration, index: int) -> Iterator[Move]:
        at, actor = whole[index], self.group[index]
        for name, _ in actor.definition.timers(at.state):
            yield from self._arrive(whole, index, name, Cost.TIME, actor.choices(at.state, name))

    def _arrive(
        self,
        whole: Configuration,
        index: int,
        event: str,
        cost: Cost,
        choices: Sequence[tuple[Transition | None, Chance]],
        *,
        interrupting: bool = False,
    ) -> Iterator[Move]:
        at, definition = whole[index], self.group[index].definition
        for transition, chance in choices:
            if transition is None or (interrupting and not transition.interrupt):
                continue
            after = entered(definition, at, transition)
            target = transition.target
            stops = cost is Cost.OUTSIDE and transition.wildcard and target is not None
            stops = stops and definition.ends(target or at.state, transition.key)
            program = definition.program(target or at.state, transition.key) if stops else ()
            if stops and not any(spec.type == "send_event" for spec in program):
                self.stopped.add((index, target or at.state))  # who stops a machine knows it, and starts it again
                continue
            happening = Happening(index, "takes", event, transition=transition, before=at.state)
            yield move(whole, index, after, cost, chance, happening, stops=stops)

    def _due(self, whole: Configuration, index: int) -> Iterator[Move]:
        """An event that was sent with a delay comes into the inbox."""
        at = whole[index]
        for number, event in enumerate(at.later):
            after = at._replace(inbox=(*at.inbox, event), later=at.later[:number] + at.later[number + 1 :])
            yield move(whole, index, after, Cost.TIME, Chance.SURE, Happening(index, "does"))

    # actions

    def _act(self, whole: Configuration, index: int) -> Iterator[Move]:
        """The action at the cursor."""
        at, actor = whole[index], self.group[index]
        spec = actor.definition.program(at.state, at.via)[at.cursor]
        if spec.when is not None:
            after = advanced(actor.definition, at, 1)
            yield move(whole, index, after, Cost.INSTANT, Chance.OPEN, Happening(index, "does", spec=spec))
        for result in self._possible(whole, index, spec):
            yield from self._follow(whole, index, spec, result)

    def _found(self, whole: Configuration, index: int) -> Iterator[Move]:
        """What a parked action waits for has come."""
        at, actor = whole[index], self.group[index]
        spec = actor.definition.program(at.state, at.via)[at.cursor]
        for result in self._possible(whole, index, spec):
            if not result.parks:
                yield from self._follow(whole, index, spec, result)

    def _possible(self, whole: Configuration, index: int, spec: ActionSpec) -> Iterator[Result]:
        """The ends that an action may have here: those that depend on what other machines do are told apart."""
        at, actor = whole[index], self.group[index]
        found = actor.results(spec)
        if spec.type == "check_machine_state":
            yield from seen(self.group, whole, spec, found)
            return
        yield from found
        if spec.type == "check_events":
            for event in dict.fromkeys((*at.deferred, *at.inbox)):
                self.taken.add((index, event))
                success = spec.config.get("success")
                yield Result(event=event if success is None else str(success), chance=Chance.OPEN)

    def _follow(self, whole: Configuration, index: int, spec: ActionSpec, result: Result) -> Iterator[Move]:
        """An action came to this end: its event is taken, or the next action is next."""
        at, actor = whole[index], self.group[index]
        definition = actor.definition
        sent = None if result.failure else actor.send(spec)
        targets: tuple[int, ...] = ()
        if sent is not None and sent.event is not None and sent.target is not None:
            targets = tuple(i for i, other in enumerate(self.group) if sent.reaches(actor.given, other.given))
            full = [i for i in targets if whole[i].waiting >= INBOX]
            if full:  # it waits until there is room, unless that may never be
                self.cut = self.cut or any(i == index or whole[i].deferred or whole[i].later for i in full)
                return
            whole = tuple(_with_event(s, sent.event, sent.delayed) if i in targets else s for i, s in enumerate(whole))
            at = whole[index]
        events: list[str | None] = [result.event]
        if result.anything:
            timers = {name for name, _ in definition.timers(at.state)}
            events[:] = [*sorted(set(definition.events_taken(at.state)) - timers), None]
        for event in events:
            choices: Sequence[tuple[Transition | None, Chance]] = ((None, Chance.SURE),)
            if event and not definition.ends(at.state, at.via):
                choices = actor.choices(at.state, event)
            for transition, odds in choices:
                chance = max(result.chance, odds)
                if transition is None and result.by_the_way:
                    if result.failure and hardly_fails(spec):
                        continue
                    chance = max(chance, Chance.OPEN)
                what, named = ("sends", sent.event or "") if targets and sent is not None else ("emits", event or "")
                happening = Happening(index, what, named, spec, transition, at.state, result.failure, targets)
                after = after_action(definition, at, transition, result)
                yield move(whole, index, after, result.cost, chance, happening)

    def _interrupt(self, whole: Configuration, index: int) -> Iterator[Move]:
        """What cuts a list off: a timer of the state a command or a sleep, an event with ``interrupt`` any action."""
        at, actor = whole[index], self.group[index]
        spec = actor.definition.program(at.state, at.via)[at.cursor]
        if any(result.cost is Cost.TIME for result in actor.results(spec)):
            yield from self._timers(whole, index)
        interrupts = actor.definition.interrupts(at.state)
        for event in sorted(interrupts & actor.outside):
            choices = actor.choices(at.state, event, from_outside=True)
            yield from self._arrive(whole, index, event, Cost.OUTSIDE, choices, interrupting=True)
        for number, event in enumerate(at.inbox):
            if event in interrupts:
                rest = at._replace(inbox=at.inbox[:number] + at.inbox[number + 1 :])
                self.taken.add((index, event))
                without = (*whole[:index], rest, *whole[index + 1 :])
                choices = actor.choices(at.state, event)
                yield from self._arrive(without, index, event, Cost.INSTANT, choices, interrupting=True)
                break


def _with_event(at: Standing, event: str, delayed: bool) -> Standing:
    return at._replace(later=(*at.later, event)) if delayed else at._replace(inbox=(*at.inbox, event))
