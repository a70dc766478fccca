"""The commands of ``statemachine-db``, one a file.

::

    argv[1] ──► COMMANDS ──► db/list_events.py: add_arguments(parser), run(given) ──► store ──► listing.show
                                (nothing else is imported)

A new command is a file, with ``EXAMPLE``, ``add_arguments`` and ``run`` (see ``command``), and a line in ``COMMANDS``.
What is shared: ``parser`` and ``arguments``; ``listing``, ``table`` and ``times`` for the output; ``border`` for errors
and exit statuses. ``event``, ``delivery``, ``outbox`` and ``outcome`` belong to ``send-event``.

The whole process of a command may take three times as long as an empty one. So nothing here imports dataclasses or
typing when it runs, nor pathlib, asyncio or subprocess; a test holds the line.
"""

from __future__ import annotations

PROGRAM = "statemachine-db"

COMMANDS = {
    "send-event": "send an event to a machine, running or not",
    "list-events": "list events and what became of them, newest first",
    "process-events": "list what is pending for a machine, oldest first",
    "machine-state": "show machines: state, status, what waits for them",
    "transition-history": "list changes of state, newest first",
    "error-history": "list errors of machines, newest first",
    "status": "show the database: file, size, counts, oldest pending event",
    "check": "verify what must hold between the rows of the database",
    "wake": "ring at machines that don't run and that something waits for",
    "reset": "make a machine that isn't running start over",
    "prune": "delete old events that are settled, and old history",
    "backup": "copy the database into a file, while machines write to it",
    "maintain": "what the database needs every day: prune, optimize, backup, checkpoint",
    "migrate": "bring the database up to date now",
}
