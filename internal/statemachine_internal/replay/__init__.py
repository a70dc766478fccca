"""A machine's recorded events, run through another definition without acting: where would it part from what happened?

::

    realtime_events, machine_events ─▶ recorded ─▶ [Change | Refusal, …] ─┐
    new.yaml ─▶ definition ───────────────────────────────────────────────┴─▶ compared ─▶ Comparison

Each recorded step is put to the new definition in the state in which it happened, so that one difference doesn't make
all that follows differ. What actions wrote into the context isn't recorded: a step that hangs on it is left undecided.
"""
