"""``log``, in place of the built-in one: keeps what it said in the context as well."""

from __future__ import annotations

from typing import Any

from statemachine_engine.actions import BaseAction


class LogAction(BaseAction):
    """Logs ``message``, and adds it to the list ``report`` of the context."""

    async def execute(self, context: dict[str, Any]) -> str | None:
        message = str(self.get_config_value("message"))
        self.logger.info(message)
        context["report"] = [*context.get("report", []), message]
        success = self.get_config_value("success")
        return None if success is None else str(success)
