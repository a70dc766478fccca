"""Reads its configuration and the context, and names an event."""

from __future__ import annotations

from typing import Any

from statemachine_internal.actions.base import BaseAction


class MyCustomAction(BaseAction):
    async def execute(self, context: dict[str, Any]) -> str | None:
        param_value = self.config.get("params", {}).get("my_param")
        context["did"] = [param_value, context.get("job_id"), self.get_machine_name(context)]
        self.logger.info("custom action at work", job_id=context.get("job_id"))
        success: str = self.config.get("params", {}).get("success", "success")
        return success
