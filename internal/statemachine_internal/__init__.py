"""The engine behind ``statemachine_engine``. Nothing in here is promised to anybody outside this repository.

A machine is rows in a database, and every step of it is one transaction. A pure core decides, the store commits, and
only then does the world hear of it:

    control socket                                                      control sockets of other machines
         |  an event                                                                ^  "wake"
         v                                                                          |
     +---------+   trigger    +---------+    Step     +--------+  committed    +----------+
     | runtime | -----------> | machine | ----------> | store  | ------------> | doorbell |
     |         |              | (pure)  |             | (apsw) |               |   feed   |
     +---------+              +---------+             +--------+               +----------+
         ^  ^                      ^                      |
         |  |                      |                      |  rows: state, context, cursor, timers,
         |  +- actions             +- definition          |  events, jobs, history
         |     (what a state does)    (read from YAML)    |
         +------------------------------------------------+
                        the inbox, at start and at each wake

Each folder's docstring is the page that explains it. Imports run from ``cmd`` to ``pkg`` to ``internal`` and never
back; the linter contracts in ``pyproject.toml`` keep it so, and keep ``machine`` free of any input or output.
"""
