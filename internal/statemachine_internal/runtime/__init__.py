"""The shell around the pure core: one machine in one process.

    control socket ─► arrivals ┐                       ┌─► replies, doorbells, feed wake-ups, log
    doorbell ───────► wake ────┤                       │
    timer ──────────► due ─────┼─► Turn: one commit ───┤
    action's end ───► outcome ─┘   (step, store)       └─► the next awaiting action starts

``Engine`` owns the loop and calls a ``Turn`` whenever there is something to do; a turn takes what is ready into one
transaction, and what the world hears of it (``Effects``) happens after the commit. Nothing here polls: with no
event, no timer and no action the process sleeps in the kernel.
"""
