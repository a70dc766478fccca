"""What can come of sending a message, other than "accepted"."""

from __future__ import annotations

from statemachine_internal.errors import StateMachineError

BAD_REQUEST = "bad_request"
PAYLOAD_TOO_LARGE = "payload_too_large"


class Refusal(StateMachineError):
    """The message itself is wrong: sending it again won't help.

    Attributes:
        code: stable, e.g. ``bad_request`` or ``payload_too_large``; the machine may refuse with codes of its own.
        text: one line for a human.
    """

    code = "refused"

    def __init__(self, code: str, text: str) -> None:
        self.code, self.text = code, text
        super().__init__(text)


class Unreachable(StateMachineError):
    """No machine answered: the sender stores the event itself, under the same uid.

    Attributes:
        reason: ``no_socket``, ``nobody_listens``, ``backlog_full``, ``timeout`` (it may still be accepted), ``closed``
            (the machine went away before it answered), ``untrusted``, ``not_permitted`` or ``unusable``.
        path: the socket.
    """

    code = "unreachable"

    def __init__(self, reason: str, path: str, text: str) -> None:
        self.reason, self.path = reason, path
        super().__init__(f"{path}: {text}")
