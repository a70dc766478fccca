"""What a machine does in a state: the base class, the registry, and the built-in actions, one file each.

Two kinds:

- an *instant* action never awaits. It runs inside the step's open transaction, so whatever it stores commits or
  rolls back with the step: ``InstantAction.perform(scope) -> Outcome``.
- an *awaiting* action (a command, a custom action) starts after a commit, and its outcome opens the next transaction:
  ``BaseAction.run(scope) -> Outcome``. Users write ``BaseAction.execute(context)``.
"""
