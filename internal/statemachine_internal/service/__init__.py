"""What a machine has to do with systemd: the sockets it is handed, the messages it sends back, and its log.

::

    systemd ──LISTEN_FDS──▶ activation.inherited_sockets()  the control socket, already listening
            ◀─NOTIFY_SOCKET─ notify.Notifier                 READY, STATUS, WATCHDOG, STOPPING
    journald ◀──datagrams─── journal.JournalSink ◀─┐
    terminal ◀──lines─────── terminal.TerminalSink ◀┴─ structlog ◀── records.MachineLog ◀── the runtime

A record is an event with fields. ``vocabulary`` is the one table of what a field is called in the journal and on a
terminal, ``message_ids`` the one table of what happenings there are; ``records.MachineLog`` has a method for each.

Nothing is imported here: ``activation`` and ``notify`` stand in the way of a machine's start and don't pay
for a logging library. Outside systemd every part falls back: no sockets, no notifications, the log on stderr.
"""
