"""A folder beside the database, for whom the database is."""

from __future__ import annotations

import os
import stat


def make_shared_folder(folder: str) -> None:
    """Make a folder for the owner and the group of the one that it stands in, also when root makes it.

    Raises:
        OSError: it can't be made.
    """
    if os.path.isdir(folder):
        return
    above = os.stat(os.path.dirname(os.path.abspath(folder)))
    try:
        os.mkdir(folder, 0o770)
    except FileExistsError:
        return
    if os.geteuid() == 0 and above.st_uid != 0:
        os.chown(folder, above.st_uid, above.st_gid)
    mode = above.st_mode & 0o2770
    if stat.S_IMODE(os.stat(folder).st_mode) != mode:
        try:
            os.chmod(folder, mode)
        except PermissionError:
            # Under RestrictSUIDSGID= (systemd.exec(5)) nobody may set the set-group-ID bit; the rest counts.
            os.chmod(folder, mode & 0o770)
