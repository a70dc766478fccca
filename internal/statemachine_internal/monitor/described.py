"""What all routes share: JSON responses, and the answers that any of them may give."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import JSONResponse, Response

CREATED = 201
BAD_REQUEST = 400
UNAUTHORIZED = 401
FORBIDDEN = 403
NOT_FOUND = 404
CONFLICT = 409
LENGTH_REQUIRED = 411
TOO_LARGE = 413
UNSUPPORTED_MEDIA_TYPE = 415
MISDIRECTED = 421
UNPROCESSABLE = 422
UNAVAILABLE = 503

_PROBLEM = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/problem+json": {"schema": _PROBLEM}}}


RESPONSES: dict[int | str, dict[str, Any]] = {
    BAD_REQUEST: _problem("The request makes no sense"),
    UNAUTHORIZED: _problem("The monitor asks for its token"),
    NOT_FOUND: _problem("There is nothing of this name"),
    MISDIRECTED: _problem("The monitor doesn't answer to this name"),
    UNPROCESSABLE: _problem("A parameter or a field is wrong"),
    UNAVAILABLE: _problem("The database can't be read or written now"),
}
CHANGES: dict[int | str, dict[str, Any]] = RESPONSES | {
    FORBIDDEN: _problem("The request comes from the page of another site"),
    CONFLICT: _problem("It was refused, and nothing was changed"),
    LENGTH_REQUIRED: _problem("The body has no Content-Length"),
    TOO_LARGE: _problem("The body is too large"),
    UNSUPPORTED_MEDIA_TYPE: _problem("The body is no JSON"),
}


class AsciiJson(JSONResponse):
    """JSON whose other characters are escapes: any text can be written so, half of a surrogate pair too."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, separators=(",", ":"), allow_nan=False).encode("ascii")


class JsonText(Response):
    """JSON that is text already."""

    media_type = "application/json"
