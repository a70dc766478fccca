"""A whole system in the foreground: the monitor and several machines, without systemd.

::

    manifest ─▶ plan ─▶ supervise ──┬── member monitor ── process ── its lines, with its name before each
                                    ├── member worker-1 ── process
                                    └── member worker-2 ── process

================  ===========================================================================================
``manifest``      a manifest, a folder or definitions → what shall run, checked before anything does
``member``        one process of the system: started, started again after a failure, ended
``supervise``     all of them, until a signal comes or the last machine has ended
``speech``        the lines of all, each with the name of who says it
================  ===========================================================================================

Where there is systemd, statemachine.target does this better.
"""
