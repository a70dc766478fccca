"""Driving a definition in a test: event by event, with a clock that the test moves and actions that do what it says.

::

    test ── send, advance, add_job ──▶ Driver ── Turn ──▶ the same core, list, store (in memory) as a real machine
                                          │
                                          └── an action that awaits ──▶ Fakes ──▶ what the test says, after how long

==========  =====================================================================================
``fakes``   what awaiting actions do in a test
``driver``  takes turns until the machine waits; moves the clock from one due time to the next
``seen``    what a test looks at: moves, sent events, jobs, calls
==========  =====================================================================================

What users import stands in ``statemachine_engine.testing``.
"""
