"""What actions do in a test instead of what they would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from statemachine_internal.actions.outcome import Outcome
from statemachine_internal.actions.registry import Registry
from statemachine_internal.definition.checks.emissions import Kind, emissions
from statemachine_internal.definition.model import ActionSpec
from statemachine_internal.errors import StateMachineError
from statemachine_internal.runtime.program import Failure


class Unfaked(StateMachineError):
    """A machine under test came to an action that would touch the world."""

    code = "unfaked"

    def __init__(self, spec: ActionSpec, state: str) -> None:
        self.type, self.state = spec.type, state
        super().__init__(
            f"{spec.position}: in state '{state}' the machine would run {spec.type} now; say what comes of it before, "
            f"for example: machine.fake('{spec.type}', event='done')"
        )


@dataclass(kw_only=True)
class Fake:
    """What comes of an action of one type, in one state or in any; ``left`` times, None for ever."""

    type: str
    state: str | None = None
    event: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    seconds: float = 0.0
    progress: float | None = None
    left: int | None = None

    def suits(self, type: str, state: str) -> bool:
        """Whether it is for such an action, and not used up."""
        return self.type == type and self.state in (None, state) and self.left != 0

    def end(self, spec: ActionSpec) -> Outcome | Failure:
        """What the action comes back with; ``spec`` has its placeholders filled in."""
        if self.error is not None:
            return Failure(message=self.error, event=self.event, details=self.context)
        event = _success(spec) if self.event is None else self.event or None
        return Outcome(event=event, changes=self.context)


def _success(spec: ActionSpec) -> str | None:
    """The event that a built-in action emits when it did what it was asked for."""
    return next((emission.event for emission in emissions(spec) if emission.kind is Kind.SUCCESS), None)


class Fakes:
    """The fakes of one test. The newest that suits is taken, one for the state before one for any."""

    def __init__(self) -> None:
        self._known: list[Fake] = []

    def add(self, fake: Fake) -> None:
        self._known.append(fake)

    def has(self, type: str) -> bool:
        """Whether actions of this type are faked at all."""
        return any(fake.type == type for fake in self._known)

    def take(self, type: str, state: str) -> Fake | None:
        """The fake for this run of an action; it is used once more."""
        suiting = [fake for fake in reversed(self._known) if fake.suits(type, state)]
        suiting.sort(key=lambda fake: fake.state is None)
        if not suiting:
            return None
        if suiting[0].left is not None:
            suiting[0].left -= 1
        return suiting[0]


class FakingRegistry(Registry):
    """A registry in which what is faked awaits, whatever it is, and so is left to the test."""

    def __init__(self, fakes: Fakes, actions_dir: str | None, default_dir: str | None) -> None:
        super().__init__(actions_dir, default_dir=default_dir)
        self._fakes = fakes

    def check(self, definition: Any) -> None:
        """Nothing is loaded before it is needed: what is faked needn't even be there."""

    def is_instant(self, spec: ActionSpec) -> bool:
        """Whether the action runs inside the step's transaction."""
        return not self._fakes.has(spec.type) and super().is_instant(spec)

    def is_custom(self, spec: ActionSpec) -> bool:
        """Whether the action is the user's own, which a test may run."""
        return self._is_custom(spec.type)
