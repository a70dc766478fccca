"""What users import: the engine, the base of custom actions, the client, the errors.

The faces here are thin, as pytest's are over ``_pytest``: what they show is stable, and what stands behind them in
``statemachine_internal`` is free to move.

    from statemachine_engine.core.engine import StateMachineEngine    # run a machine from Python
    from statemachine_engine.actions import BaseAction                # write an action of your own

Nothing is imported here, so that a program pays for what it uses alone.
"""
