"""A machine as the architecture's words have it, on the plain map of a definition; no code is the engine's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# What a definition may say in ``when``, and what that means for a context and an event.
GUARDS: dict[str, Callable[[dict[str, Any], dict[str, Any]], bool]] = {
    "k == 1": lambda context, _: context.get("k") == 1,
    "k != 1": lambda context, _: context.get("k") != 1,
    "event.payload.n == 2": lambda _, event: event.get("payload", {}).get("n") == 2,
    "not event.payload.n": lambda _, event: not event.get("payload", {}).get("n"),
}


class Reference:
    """``todo`` are the actions still to run; the first of them has the number ``index`` of this entry."""

    def __init__(self, spec: dict[str, Any], context: dict[str, Any], entry: int = 0) -> None:
        self.spec, self.context, self.entry = spec, context, entry
        self.enter(spec["initial_state"], {})
        if self.take("start") == "taken" and "to" not in self.via:
            self.index = 0  # none of the entry actions has a number yet: they never stood in the list that counts

    def enter(self, state: str, via: dict[str, Any]) -> None:
        self.state, self.via, self.entry, self.index = state, via, self.entry + 1, 0
        self.todo = [*via.get("actions", []), *self.spec["actions"].get(state, [])]
        self.timers = {t["event"]: float(t["event"][8:-1]) for t in self.ways() if t["event"].startswith("timeout(")}

    def ways(self) -> list[dict[str, Any]]:
        """The state's own transitions, then those of any state; each in file order."""
        all_ways = self.spec["transitions"]
        own = [t for t in all_ways if self.state in t["from"]]
        return own + [t for t in all_ways if "*" in t["from"] and t not in own]

    def take(self, name: str, event: dict[str, Any] | None = None) -> str:
        """Take a trigger; an ``event`` is one of the inbox. Returns what becomes of it."""
        context = self.context if event is None else {**self.context, "event_data": event}
        for key, path in self.spec["events"].get(name, {}).get("context_map", {}).items() if event else ():
            if (field := path.split(".")[1]) in event["payload"]:  # type: ignore[index]
                context[key] = event["payload"][field]  # type: ignore[index]
        for way in self.ways():
            if way["event"] == name and ("when" not in way or GUARDS[way["when"]](context, event or {})):
                break
        else:
            policy: str = self.spec["states"][self.state].get("on_unhandled", self.spec["on_unhandled"])
            return policy if event is not None else "ignore"
        self.context = context
        if "to" in way:
            self.enter(way["to"], way)
        else:
            self.index, self.todo, self.via = self.index + len(self.todo), list(way.get("actions", [])), way
        return "taken"

    def ends(self) -> bool:
        """Whether the run is over once nothing is left to do."""
        endings = {"stopped", "shutdown", "completed"}
        left = {state for t in self.spec["transitions"] if "to" in t for state in t["from"]}
        stop = self.via.get("event") == "stop" and "*" in self.via["from"] and self.state in endings
        return stop or self.state in self.spec.get("final", endings - left)
