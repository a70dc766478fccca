"""``compare``: chooses an event by a number."""

from __future__ import annotations

from typing import Any

from statemachine_engine.actions import BaseAction


class CompareAction(BaseAction):
    """Emits ``above`` if ``value`` is more than ``limit``, else ``otherwise``."""

    async def execute(self, context: dict[str, Any]) -> str | None:  # noqa: ARG002  # it needs its configuration alone
        # The placeholders in the definition have been filled in by now, and a lone one keeps its value's type.
        params = self.config.get("params", {})
        chosen = "above" if params["value"] > params["limit"] else "otherwise"
        return str(params[chosen])
