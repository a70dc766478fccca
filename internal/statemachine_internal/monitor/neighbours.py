"""Which users of this host may ask a monitor that has no token.

A port is there for all of them. Its monitor is for root, for the user that it runs as, and for the members of a group
to whom the database is open anyway, as the system's is to the operators.
"""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Callable
from enum import Enum

from starlette.concurrency import run_in_threadpool

from .loopback_owner import Address, owner_of
from .requester import NOBODY_KNOWN, Requester

ROOT = 0
_ALL, _BOTH = stat.S_IRWXG, stat.S_IRGRP | stat.S_IWGRP


class Neighbour(Enum):
    """Who is at the other end of a connection, as far as this monitor goes."""

    OURS = "one for whom it is"
    ANOTHER = "a user for whom it isn't"
    UNSEEN = "one of whom the kernel doesn't say who he is"


class Neighbours:
    """Looks at each connection once."""

    def __init__(self, database: str, owner: Callable[[Address, Address], int | None] = owner_of) -> None:
        self._database = database
        self._owner = owner

    async def look(self, requester: object) -> Neighbour:
        """Who is at the other end."""
        if not isinstance(requester, Requester) or requester.ends is None:
            return Neighbour.UNSEEN
        if requester.seen is None:
            # In a thread: groups may be asked for over a network.
            found = await run_in_threadpool(self._find, *requester.ends)
            # The kernel spoke of this connection if it is there still: after a reset another's may have its ends.
            requester.seen = found if requester.is_connected() else Neighbour.UNSEEN
        return requester.seen

    def _find(self, theirs: Address, ours: Address) -> Neighbour:
        uid = self._owner(theirs, ours)
        if uid is None or uid == NOBODY_KNOWN:
            return Neighbour.UNSEEN
        ours_too = uid in (ROOT, os.geteuid()) or is_member(uid, group_of(self._database))
        return Neighbour.OURS if ours_too else Neighbour.ANOTHER


def group_of(database: str) -> int | None:
    """The group that can come to the database and write to it and beside it; None where no group can."""
    folder = os.path.dirname(os.path.realpath(database))
    try:
        here = os.stat(folder)
        group = here.st_gid
        open_to_it = here.st_mode & _ALL == _ALL
        if os.path.exists(database):
            file = os.stat(database)
            open_to_it = open_to_it and file.st_gid == group and file.st_mode & _BOTH == _BOTH
        while open_to_it and (above := os.path.dirname(folder)) != folder:
            folder, found = above, os.stat(above)
            through = stat.S_IXGRP if found.st_gid == group else stat.S_IXOTH
            open_to_it = bool(found.st_mode & through)
    except OSError:
        return None
    return group if open_to_it else None


def is_member(uid: int, group: int | None) -> bool:
    """Whether a user is in a group, by the databases of users and groups."""
    if group is None:
        return False
    try:
        user = pwd.getpwuid(uid)
    except KeyError:
        return False
    return group in os.getgrouplist(user.pw_name, user.pw_gid)
