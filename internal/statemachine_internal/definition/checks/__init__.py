"""What ``statemachine-validate`` says beyond the loader: each check is a file, and looks at definitions that loaded.

::

    files ── loading ──▶ definitions, with the nodes that they were read from (``places``)
                            │
                         checking ── a check of its own for each question ──▶ diagnostics, with line and column
                            │
                            └─ runs: what the machines may do together, step by step

The engine reads a file by the same loader, so what it would refuse is refused here in the same words. A check may warn
or note; it speaks up only where it can know. Custom actions, placeholders that name an event, and files that are not
given make things unknowable, and then nothing is said.
"""
