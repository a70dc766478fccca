"""Driving a definition in a test: event by event, with a clock that the test moves and actions that do what it says.

::

    test ── send, advance, add_job ──▶ Driver ── Turn ──▶ the same core, list, store (in memory) as a real machine
                                          │
                                          └── an action that awaits ──▶ Fakes ──▶ what the test says, after how long

============  ===================================================================================
``fakes``     what awaiting actions do in a test
``progress``  how far a job has come by what a fake says
``driver``    takes turns until the machine waits; moves the clock from one due time to the next
``sight``     what a test looks at, read from the rows
``seen``      the values that it finds: moves, sent events, jobs, calls
============  ===================================================================================

What users import stands in ``statemachine_engine.testing``.
"""
