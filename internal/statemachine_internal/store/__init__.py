"""Whatever matters is a row.

``protocol`` says what the runtime needs of a database; ``sqlite`` gives it with apsw. A command that only lists things
opens ``connection`` and runs named ``queries``, so that it imports nothing that it doesn't need.

    runtime ─► Store (protocol) ◄─ SqliteStore ─► connection ─► statemachine.db
    statemachine-db ──────────────► queries ────► connection ─┘
"""
