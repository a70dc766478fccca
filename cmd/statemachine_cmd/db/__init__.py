"""The commands of ``statemachine-db``, one a file.

::

    argv[1] ──► COMMANDS ──► db/list_events.py: add_arguments(parser), run(given) ──► store ──► listing.show
                                (nothing else is imported)

A new command is a file and a line in ``COMMANDS``. The file has ``EXAMPLE``, ``add_arguments`` and ``run``; see ``command``.
What is shared: ``arguments`` (parser), ``listing``, ``table`` and ``times`` (output), ``border`` (errors and exit statuses);
``delivery`` and ``outcome`` belong to ``send-event``.

A command's whole process has 3 × the time of an empty one. So nothing here imports dataclasses, enum or typing on its own
account, nor pathlib, asyncio or subprocess; a test holds the line.
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
}
