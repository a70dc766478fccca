"""``statemachine-validate``: what there is to say of definitions before they run.

``program`` parses the command line and finds the exit status; ``human``, ``plain_json`` and ``sarif`` say it.
"""
