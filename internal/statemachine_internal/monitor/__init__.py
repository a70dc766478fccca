"""The monitor: one web application that looks at the database and never in the way of a machine.

::

    systemd ──LISTEN_FDS──▶ activation ─┐
    --port, --websocket-port ▶ listeners ┴─ sockets ─▶ server ─▶ hosts ─▶ access ─▶ app ─▶ routes ─▶ statemachine.db
    systemd ◀──READY, STATUS, WATCHDOG, STOPPING────────── server                           ▲
                                                                                            │
    machine ─ commit, ring ─▶ feed_reader ─ rows ─▶ station ─┬─ recent ─▶ plain_stream ─▶ /ws, /ws/events
                                                             ├─ picture ─▶ /api/machines, /metrics
                                                             └─ ticks ─▶ ui_hub ─▶ ui_stream ─▶ /ws/ui

=====================  =====================================================================================
to begin               ``arguments``, ``settings``, ``token``; ``launch``, the only place that asks whether the
                       web libraries are there; ``activation``, ``listeners``: the sockets
``server``             uvicorn's server without its clock: at rest it sleeps until somebody comes
``protocols``          its connections: deadlines for who is slow, a bound on how many there are
``app``, ``routes``    the application: its paths and its middleware; ``heads``: HEAD where there is GET
who may ask            ``hosts``: by which names; ``access``: with which token, from which pages; ``presented``: how a
                       request brings the token; ``token_page`` asks for it
                       ``requester``: who it is; ``neighbours``, ``loopback_owner``: which users of this host
                       ``refusing``: how they are turned away; ``browser_headers``: what a browser may do with an answer
what is read           ``source``: connections; ``feed_reader``: the one reader of the feed; ``paging``: long lists
what all share         ``station``, with ``recent``, ``picture``, ``liveness`` and ``metrics``
what clients hear      ``conversation``, ``plain_stream``; ``ui_hub``, ``ui_stream``, ``ui_frames``, ``queue_watch``;
                       ``greeting``: what they begin with; ``turns``: how they share the loop
                       ``bell``, ``ticks`` and ``pulse`` say when
shapes                 ``shown``, ``moments``: rows as JSON; ``answers``, ``graph_answers``, ``orders``, ``parameters``,
                       ``described``, ``problems``: what the API's description says; ``exposition``: metrics as text
=====================  =====================================================================================

The machines need nothing of this: it reads what they have committed, and they run the same without it. What clients
change goes the ways that the commands go: to the machine's socket, into the inbox, through the queue's rules.

One event loop reads the feed, in reads of a millisecond; all that may take longer runs in threads, on connections of
their own. FastAPI and uvicorn are imported here and nowhere else, and not by what ``launch`` needs: where they are not
installed, it can still say which package to install.
"""
