"""What a YAML file means: frozen values, free of text and positions but for the messages that need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Protocol

ANY_STATE = "*"
START_EVENT = "start"
STOP_EVENT = "stop"
ENDING_STATES = frozenset({"stopped", "shutdown", "completed"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Condition(Protocol):
    """A parsed ``when`` expression."""

    @property
    def text(self) -> str:
        """As it is written."""
        ...

    def holds(self, context: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
        """Whether it is true for this context and event (``{}`` where no event is at hand)."""
        ...


class OnUnhandled(Enum):
    """What becomes of an event that no transition of the current state takes."""

    IGNORE = "ignore"  # marked ignored, and shown in list-events
    DEFER = "defer"  # kept, and looked at again after each change of state
    ERROR = "error"  # marked failed, recorded in the error history, and `error` is emitted


@dataclass(frozen=True, kw_only=True, slots=True)
class Retry:
    """How often and when a failed action is tried again.

    ``max`` counts the tries after the first; delays are seconds: ``backoff * factor**n``, at most ``max_backoff``,
    each spread by ``± jitter`` (a fraction of the delay, 0 to 1).
    """

    max: int
    backoff: float = 1.0
    factor: float = 2.0
    max_backoff: float = 300.0
    jitter: float = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionSpec:
    """One action as written.

    ``config`` is what the action sees: ``params`` and flat keys merged (flat wins), with ``type`` and ``params`` still
    in it. The keys that the engine itself obeys stand in fields of their own.
    """

    type: str
    config: Mapping[str, Any]
    position: Position
    retry: Retry | None = None
    timeout: float | None = None  # seconds
    error: str | None = None
    when: Condition | None = None
    skip_on_failure: int = 0  # steps of a multi_step that are passed over when this one fails


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """One entry of ``transitions``. ``target`` None makes it internal. ``timeout`` is the N of ``timeout(N)``, seconds.

    ``key`` names it in the database, and stays the same when other transitions come and go.
    """

    key: str
    sources: tuple[str, ...]
    target: str | None
    event: str
    position: Position
    timeout: float | None = None
    actions: tuple[ActionSpec, ...] = ()
    when: Condition | None = None
    interrupt: bool = False

    @property
    def wildcard(self) -> bool:
        """Whether it stands for any state."""
        return ANY_STATE in self.sources


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """A state and its entry actions (``multi_step`` already spread out into its steps)."""

    name: str
    position: Position
    actions: tuple[ActionSpec, ...] = ()
    on_unhandled: OnUnhandled | None = None
    final: bool = False
    group: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EventSpec:
    """A named event; ``context_map`` copies ``dotted.path`` of the event into a context key when it arrives."""

    name: str
    context_map: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MachineDefinition:
    """A whole machine. ``digest`` identifies the ``text`` that it was read from."""

    name: str
    file: str
    digest: str
    initial_state: str
    states: Mapping[str, State]
    transitions: tuple[Transition, ...]
    machine_name: str | None = None  # metadata.machine_name
    description: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    events: Mapping[str, EventSpec] = field(default_factory=dict)
    on_unhandled: OnUnhandled = OnUnhandled.IGNORE
    idle_exit: float | None = None  # seconds
    complete_in: frozenset[str] = frozenset()  # states that complete the machine's job
    fail_in: frozenset[str] = frozenset()  # states that fail it
    text: str = field(default="", repr=False, compare=False)
    _candidates: dict[tuple[str, str], tuple[Transition, ...]] = field(init=False, repr=False, compare=False)
    _wild: dict[str, tuple[Transition, ...]] = field(init=False, repr=False, compare=False)
    _by_key: dict[str, Transition] = field(init=False, repr=False, compare=False)
    _timers: dict[str, tuple[tuple[str, float], ...]] = field(init=False, repr=False, compare=False)
    _interrupts: dict[str, frozenset[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        own: dict[tuple[str, str], list[Transition]] = {}
        wild: dict[str, list[Transition]] = {}
        for transition in self.transitions:
            for state in transition.sources:
                own.setdefault((state, transition.event), []).append(transition)
            if transition.wildcard:
                wild.setdefault(transition.event, []).append(transition)
        candidates = {
            (state, event): tuple(ts + [t for t in wild.get(event, ()) if state not in t.sources])
            for (state, event), ts in own.items()
        }
        object.__setattr__(self, "_candidates", candidates)
        object.__setattr__(self, "_wild", {event: tuple(ts) for event, ts in wild.items()})
        object.__setattr__(self, "_by_key", {t.key: t for t in self.transitions})
        timed = self._reach([t for t in self.transitions if t.timeout is not None])
        timers = {s: {t.event: t.timeout for t in ts} for s, ts in timed.items()}
        object.__setattr__(self, "_timers", {s: tuple(due.items()) for s, due in timers.items()})
        interrupting = self._reach([t for t in self.transitions if t.interrupt])
        object.__setattr__(self, "_interrupts", {s: frozenset(t.event for t in ts) for s, ts in interrupting.items()})

    def _reach(self, transitions: list[Transition]) -> dict[str, list[Transition]]:
        """Those of ``transitions`` that may be taken in each state, in file order."""
        found: dict[str, list[Transition]] = {state: [] for state in self.states}
        for transition in transitions:
            for state in self.states if transition.wildcard else transition.sources:
                if state in found:
                    found[state].append(transition)
        return found

    def candidates(self, state: str, event: str) -> tuple[Transition, ...]:
        """The transitions that may take ``event`` in ``state``, best first: its own, then ``"*"``, in file order."""
        own = self._candidates.get((state, event))
        return self._wild.get(event, ()) if own is None else own

    def events_taken(self, state: str) -> tuple[str, ...]:
        """The events, timers too, for which there are candidates in ``state``."""
        return tuple(dict.fromkeys((*self._events_of.get(state, ()), *self._wild)))

    @cached_property
    def _events_of(self) -> Mapping[str, list[str]]:
        """The events of the transitions of each state itself; only those who look at the whole ask for it."""
        found: dict[str, list[str]] = {}
        for state, event in self._candidates:
            found.setdefault(state, []).append(event)
        return found

    def timers(self, state: str) -> tuple[tuple[str, float], ...]:
        """The timers that entering ``state`` starts: event name (``timeout(N)``) and seconds."""
        return self._timers[state]

    def interrupts(self, state: str) -> frozenset[str]:
        """The events that may interrupt an action in ``state``."""
        return self._interrupts[state]

    def transition(self, key: str) -> Transition | None:
        """The transition of this key, None if the file no longer has it."""
        return self._by_key.get(key)

    def program(self, state: str, via: str) -> tuple[ActionSpec, ...]:
        """The action list of an entry into ``state`` by the transition ``via`` (``""``: by no transition)."""
        transition = self._by_key.get(via)
        if transition is None:
            return self.states[state].actions
        if transition.target is None:
            return transition.actions
        return transition.actions + self.states[state].actions

    def ends(self, state: str, via: str) -> bool:
        """Whether the machine is at its end once the actions of this entry are done (requirement A7)."""
        if self.states[state].final:
            return True
        transition = self._by_key.get(via)
        stopped = transition is not None and transition.event == STOP_EVENT and transition.wildcard
        return stopped and state in ENDING_STATES

    def unhandled(self, state: str) -> OnUnhandled:
        """What becomes of an event that ``state`` doesn't take."""
        return self.states[state].on_unhandled or self.on_unhandled
