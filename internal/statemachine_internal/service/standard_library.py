"""Records of the standard library's ``logging``, passed on to ours."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from .vocabulary import as_text

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


class StandardLibraryHandler(logging.Handler):
    """Hands each record to a structlog logger, with the name of its own logger as the field ``logger``."""

    def __init__(self, logger: FilteringBoundLogger) -> None:
        super().__init__()
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = record.getMessage()
        except Exception:  # noqa: BLE001 - arguments that don't fit their format, or can't be shown, are the caller's
            text = as_text(record.msg)
        fields: dict[str, Any] = {"logger": record.name}
        if record.exc_info:
            fields["exc_info"] = record.exc_info
        # structlog knows the five usual levels and none between them.
        self._logger.log(min(max(record.levelno // 10 * 10, logging.DEBUG), logging.CRITICAL), text, **fields)
