"""The frames of the pages' stream: what has changed since the frame before, made once for all who see the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .picture import Picture
from .recent import FeedLine
from .shown import encode

MOST = 500
"""Rows of one kind in one frame; of more the newest are sent."""
TRANSITIONS = frozenset({"state_change"})
ACTIVITY = frozenset({"activity_log", "error"})
TOPICS = frozenset({"machines", "transitions", "activity", "jobs", "messages"})
EVERY_MACHINE = "*"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a page shows: ``machines`` None is all of them."""

    machines: frozenset[str] | None = None
    topics: frozenset[str] = TOPICS

    def has(self, machine: str) -> bool:
        return self.machines is None or machine in self.machines

    @classmethod
    def parsed(cls, message: dict[str, Any]) -> Shown:
        """What a client says.

        Raises:
            ValueError: it makes no sense.
        """
        machines, topics = message.get("machines", EVERY_MACHINE), message.get("topics")
        if machines != EVERY_MACHINE and not _texts(machines):
            raise ValueError("'machines' is a list of names, or \"*\"")
        if topics is not None and not (_texts(topics) and TOPICS.issuperset(topics)):
            raise ValueError(f"'topics' is a list of these: {', '.join(sorted(TOPICS))}")
        return cls(
            machines=None if machines == EVERY_MACHINE else frozenset(machines),
            topics=TOPICS if topics is None else frozenset(topics),
        )


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


class FrameBuilder:
    """One frame, as JSON text put together from texts."""

    def __init__(self, shown: Shown, last_id: int, *, full: bool, caught_up: bool) -> None:
        self._shown = shown
        self._empty = not full
        self._parts = ['"type":"frame"', f'"last_id":{last_id}', f'"caught_up":{encode(caught_up)}']
        if full:
            self._parts.append('"full":true')

    def machines(self, picture: Picture, since: int | None) -> None:
        """The machines that differ since a number; all, if None."""
        if "machines" not in self._shown.topics:
            return
        names = [
            name
            for name in sorted(picture.machines)
            if self._shown.has(name) and (since is None or picture.changed(name) > since)
        ]
        self._add("machines", [picture.text(name) for name in names], always=since is None)

    def rows(self, lines: Iterable[FeedLine], skipped: int) -> None:
        """The rows of the feed since the frame before; of ``skipped`` more the page gets to know the number."""
        transitions: list[str] = []
        activity: list[str] = []
        for line in lines:
            _, machine, type, *_ = line.row
            if not self._shown.has(machine):
                continue
            if type in TRANSITIONS:
                transitions.append(line.text)
            elif type in ACTIVITY:
                activity.append(line.text)
        if "transitions" in self._shown.topics:
            skipped += max(0, len(transitions) - MOST)
            self._add("transitions", transitions[-MOST:])
            if skipped:
                self._parts.append(f'"skipped":{skipped}')
        if "activity" in self._shown.topics:
            self._add("activity", activity[-MOST:])

    def jobs(self, jobs: list[str], counts: str | None) -> None:
        if "jobs" in self._shown.topics:
            self._add("jobs", jobs)
            if counts is not None:
                self._parts.append(f'"job_counts":{counts}')
                self._empty = False

    def messages(self, messages: list[str]) -> None:
        if "messages" in self._shown.topics:
            self._add("messages", messages)

    def removed(self, machines: list[str], jobs: list[str]) -> None:
        machines = [name for name in machines if self._shown.has(name)]
        if machines or jobs:
            self._parts.append(f'"removed":{encode({"machines": machines, "jobs": jobs})}')
            self._empty = False

    def text(self) -> str | None:
        """The frame; None if there is nothing in it."""
        return None if self._empty else f"{{{','.join(self._parts)}}}"

    def _add(self, key: str, texts: list[str], *, always: bool = False) -> None:
        if texts or always:
            self._parts.append(f'"{key}":[{",".join(texts)}]')
            self._empty = False
