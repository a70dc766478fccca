"""The programs: parse the arguments, call one thing, print.

    statemachine       run one machine, in the foreground or as the unit's ``ExecStart``
    statemachine-db    look into the database, and send events, from the shell

A command is a file. A program looks at ``argv[1]`` first and imports that one file, because a shell script that sends a
hundred events pays for every import a hundred times.

The folder above this one must have no ``__init__.py``: it would hide the standard library's ``cmd``, and pdb with it.
"""
