"""The kinds of record that a machine writes, each with its MESSAGE_ID.

A MESSAGE_ID is what the message catalog and ``journalctl MESSAGE_ID=…`` go by (systemd.journal-fields(7)). It is a
random 128-bit number, made once and never changed; a new kind gets a new one from ``journalctl --new-id128``.
"""

from __future__ import annotations

from enum import StrEnum


class MessageId(StrEnum):
    """One member for each kind of happening."""

    START = "07e0e560a1184a669954f429b22f4b6f"
    """A machine began its run, anew or where it had left off."""
    STOP = "7ce7519b1413441d80bbac6c1e9016b3"
    """A machine ended its run."""
    TRANSITION = "92642abf03fa4653a507472daacaffbd"
    """An event changed the state, or was taken without changing it."""
    TRANSITIONS = "21cd6947bbd64433b4ccf73b4aaebcb8"
    """Many transitions in one commit, in one record."""
    ERROR = "1ed48c9adb9e439e905512b9e8637c3a"
    """An action failed."""
    REFUSAL = "fe4ba74bfd7941419248437ce78f5e52"
    """A message of a sender was refused."""
    EVENT_IGNORED = "0f9c7a369b4343b2a843aa9091406fc5"
    """No transition takes the event in this state."""
    ACTION_START = "0890ea5e19784058bcbad0b880c01757"
    """An action begins."""
    ACTION_OUTPUT = "78cc53ae75fe4ab1b653f6bd8e6ac03a"
    """A line that a command wrote."""
    ACTION_LOG = "6a7504f922f24e8581a1b259ddb1d5a6"
    """The message of a ``log`` action."""
    LOOP_BLOCKED = "b2aadbca10ac491bb7717e28c1a53f0b"
    """A custom action kept the machine from everything else."""
    POISON = "01c8c7ca3b6e4868b1f756fdcc3955b0"
    """An action took its process down too often and is not started again."""
    PAUSED = "34300b4e0b9d45b1b84a49f3ddcddd3c"
    """Somebody has paused a machine."""
    UNPAUSED = "bffc40de6e1b455991a92e5c46f13aca"
    """Somebody lets a paused machine go on."""
    WARNING = "75e5cc69cb5e426c8129a6d288aba83f"
    """Something is not as it should be; the machine goes on."""
    RELOAD = "2ce92c32efb34229a351319b6323d34a"
    """A new definition was taken up."""
    RELOAD_FAILED = "584087f558914b94baa61e8688ed51f1"
    """A new definition was refused; the machine runs on with the old one."""
    JOB_ADDED = "d5201265292c43879bc040c5a9998b69"
    """A job was put into the queue."""
    JOB_CLAIMED = "d97c4aa85bef4ef097880eebbfc39ce6"
    """A machine took a job."""
    JOB_COMPLETED = "07a15387cb1c4424906933c5f00b8feb"
    """A job was done."""
    JOB_FAILED = "13a50297f1d645f3b613b9a2cc3464d4"
    """A job failed for good."""
