"""The monitor: one web application that looks at the database and never in the way of a machine.

::

    systemd ──LISTEN_FDS──▶ activation ─┐
    --port, --websocket-port ▶ listeners ┴─ sockets ─▶ server ─▶ hosts ─▶ app ─▶ /health ─▶ health ─▶ statemachine.db
    systemd ◀──READY, STATUS, WATCHDOG, STOPPING────────── server                                      read-only

================  ==========================================================================================
``arguments``     what the command lines of the two programs share
``settings``      what the monitor was asked to do, checked
``launch``        from settings to a running server; the only place that asks whether the web libraries are there
``activation``    the stream sockets that systemd opened
``listeners``     the sockets that the monitor opens itself
``server``        uvicorn's server without its clock: at rest it sleeps until somebody comes
``app``           the application: its paths and its middleware
``hosts``         which names a request may call this host by
``problems``      errors as application/problem+json
``health``        what ``/health`` finds out
================  ==========================================================================================

The machines need nothing of this: it reads what they have committed, and they run the same without it. FastAPI and
uvicorn are imported here and nowhere else, and only by ``app``, ``hosts``, ``problems`` and ``server``: where they are
not installed, ``launch`` can still say which package to install.
"""
