"""The base of custom actions: a class ``{Type}Action`` in a file ``{type}_action.py``.

from statemachine_engine.actions import BaseAction


class GreetAction(BaseAction):
    async def execute(self, context):
        self.logger.info(f"hello from {self.get_machine_name(context)}")
        return self.get_config_value("success", "greeted")
"""

from statemachine_internal.actions.base import BaseAction
from statemachine_internal.errors import ActionError

__all__ = ["ActionError", "BaseAction"]
