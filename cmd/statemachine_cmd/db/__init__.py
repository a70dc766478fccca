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
    "cleanup-events": "delete events that are settled",
    "add-job": "put a job into the queue, and wake who waits for one like it",
    "list": "list the jobs of the queue, newest first",
    "details": "show all that there is to know of one job",
    "complete-job": "say that a job is done",
    "fail-job": "say that an attempt at a job has failed",
    "retry-job": "run a finished job once more, with all its attempts",
    "cancel-job": "take an open job back, also from the machine that works on it",
    "remove-job": "delete a job that nobody works on",
    "cleanup": "delete finished jobs",
    "reset-processing": "free the jobs of machines that are gone",
    "machine-state": "show machines: state, status, what waits for them",
    "machine-status": "show what each machine does: its job, or what it waits for",
    "machine-health": "say whether all is well, one line a machine",
    "transition-history": "list changes of state, newest first",
    "replay": "run a machine's recorded events through another definition, and show where they part",
    "error-history": "list errors of machines, newest first",
    "list-errors": "list failed jobs, and each machine's latest error",
    "controller-log": "list what was written into the activity log, newest first",
    "status": "show the database: file, size, counts, oldest pending event and job",
    "check": "verify what must hold between the rows of the database",
    "wake": "ring at machines that don't run and that something waits for",
    "pause": "let a machine accept events and take nothing up",
    "resume": "let a paused machine go on",
    "reset": "make a machine start over",
    "prune": "delete old events that are settled, and old history",
    "backup": "copy the database into a file, while machines write to it",
    "maintain": "what the database needs every day: prune, optimize, backup, checkpoint",
    "migrate": "bring the database up to date now",
    "recreate-database": "empty the database, after a backup",
}
