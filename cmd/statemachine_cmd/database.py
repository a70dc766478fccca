"""``statemachine-db``: look into the database, and send events, from the shell.

Only the command that ``argv[1]`` names is imported; what goes wrong in it becomes one line and an exit status.
"""

from __future__ import annotations

import os
import sys

from statemachine_cmd.db import border

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 refused, 2 a bad argument, 130 interrupted."""
    if argv is not None:
        return border.guarded(list(argv))
    # The program itself: all is written and closed, and an interpreter takes 3 ms to take itself apart in good order.
    os._exit(border.guarded(sys.argv[1:]))


if __name__ == "__main__":
    main()
