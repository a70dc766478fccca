"""What a machine is started with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """The arguments of ``statemachine``; see requirement B1. ``config`` is a path, ``initial_context`` a map."""

    config: str
    machine_name: str | None = None
    debug: bool = False
    actions_dir: str | None = None
    initial_context: Mapping[str, Any] | None = None
    event_socket_path: str | None = None
    control_socket_prefix: str | None = None
    fresh: bool = False
    if_asked: bool = False  # begin no run that no other machine asked for
