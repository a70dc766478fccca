"""The feed: what happens in the machines, read by whoever wants to watch, without the machines waiting for anyone.

::

    machine process                                             follower (the monitor, a command)
    ---------------                                             ---------------------------------
    step: append rows, commit
      └─ FeedBell.ring(last id) ── datagram ──►  RUNTIME/events.sock ──►  the monitor's own socket
                                ── datagram ──►  RUNTIME/feed/*.sock ──►  Follower.wakeup
                                                                            └─ read the rows after the last id

The rows are the feed; a datagram only says that there are more. One that is lost costs nothing: a full queue means that
the follower is about to read, and then it reads on to the end.

``wakeup`` rings, ``follow`` waits to be rung; ``events`` is the monitor's own socket. ``tail`` reads the rows of this
host as they come, ``remote`` those of a monitor elsewhere, and ``words`` tells them to a person; ``types`` lists what
only the engine writes. Nothing is imported by the package itself.
"""
