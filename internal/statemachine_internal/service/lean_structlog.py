"""structlog, without what it loads for renderers that we don't use.

Where rich is installed, structlog imports it for its coloured tracebacks: 5 MB and 50 ms of every machine's process.
It is hidden for the time of that import; whoever wants it can still import it.
"""

from __future__ import annotations

import sys

_HIDDEN = "rich"

if _HIDDEN in sys.modules:
    import structlog
else:
    sys.modules[_HIDDEN] = None  # type: ignore[assignment]  # the import system's own sign for "not there"
    try:
        import structlog
    finally:
        del sys.modules[_HIDDEN]

__all__ = ["structlog"]
