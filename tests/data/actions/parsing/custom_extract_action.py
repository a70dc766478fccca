"""Puts fields of the event into the context."""

from __future__ import annotations

from typing import Any

from statemachine_internal.actions.base import BaseAction


class CustomExtractAction(BaseAction):
    async def execute(self, context: dict[str, Any]) -> str | None:
        payload = context["event_data"]["payload"]
        context["user_id"] = payload.get("user_id")
        context["file_path"] = payload.get("input_file")
        return "extracted"
