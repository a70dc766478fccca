"""``statemachine-db``: look into the database, and send events, from the shell.

Only the command that ``argv[1]`` names is imported. Here is the one border where an error becomes a line and an exit status.
"""

from __future__ import annotations

import sys

from statemachine_cmd.db import PROGRAM, border

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 refused, 2 a bad argument, 130 interrupted."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    return border.guarded(PROGRAM, arguments)


if __name__ == "__main__":
    sys.exit(main())
