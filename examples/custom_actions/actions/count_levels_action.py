"""``count_levels``: counts the lines of a log file by their level."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

from statemachine_engine.actions import ActionError, BaseAction

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class CountLevelsAction(BaseAction):
    """Reads ``file``; puts ``lines``, ``errors`` and the map ``levels`` into the context; emits ``success``."""

    async def execute(self, context: dict[str, Any]) -> str | None:
        path = Path(self.get_config_value("file"))
        try:
            # In a thread, so that a slow disk doesn't hold up the machine's socket.
            text = await asyncio.to_thread(path.read_text, encoding="utf-8")
        except OSError as error:
            raise ActionError(f"{path} can't be read: {error.strerror}") from error
        levels = Counter(word for line in text.splitlines() for word in line.split()[1:2] if word in LEVELS)
        context["lines"] = len(text.splitlines())
        context["levels"] = dict(levels)
        context["errors"] = levels["ERROR"]
        self.logger.info(f"{self.get_machine_name(context)} has read {path}")
        return str(self.get_config_value("success", "counted"))
