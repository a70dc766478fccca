"""The control socket: how an event gets into a machine, and how a machine is woken.

::

    outside sender (client)              control socket                     machine process
    ------------------------             --------------                     ---------------
    encode_message ── connect, send ──►  RUNTIME/control/NAME.sock ──────►  ControlServer ── Arrival ──► on_message
                                         SOCK_SEQPACKET, one message                                        │
                                         is one JSON object                                            store, commit
    parse_reply    ◄──── in order ─────  ◄────────────────────────────────  ServedConnection ◄── reply ─────┘

    another machine (doorbell)
    --------------------------
    row committed, then WAKE ─────────►  never waits, never answered ────►  Arrival whose message is_wake

The socket is no store: an event is safe once the reply says "accepted", which the machine sends after its commit.
Whoever gets no reply stores the row itself, under the same ``uid``, so that what arrived both ways counts once.

================  ==========================================================================================
``addresses``     where the sockets and locks of a machine are
``trust``         whose sockets a sender talks to
``envelope``      the wire format, read and written
``outcomes``      what can come of sending: accepted, refused, unreachable
``client``        sending and waiting for the reply
``doorbell``      waking a machine without waiting
``listen``        the socket of a machine that systemd doesn't listen for
``server``        accepting; ``connection`` reads, keeps the order, and answers
================  ==========================================================================================

A program that only sends imports ``client`` and pays for nothing else: the package itself imports nothing, and
``addresses``, ``trust``, ``envelope``, ``outcomes``, ``client`` and ``doorbell`` load neither asyncio nor ``socket``.
"""
