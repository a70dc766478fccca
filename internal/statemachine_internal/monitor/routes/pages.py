"""The pages: the files under ``static/``, as they were installed."""

from __future__ import annotations

import hashlib
import os
import re
from functools import lru_cache

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from ..described import NOT_FOUND

FOLDER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "static")
INDEX = "index.html"
NOT_MODIFIED = 304
LOOK_AGAIN = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"
# Of texts starlette says the charset, UTF-8.
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain",
}
_VERSION = re.compile(r"-\d+\.\d+")


def page_routes(folder: str = FOLDER) -> APIRouter:
    """``/`` and ``/static/…``."""
    router = APIRouter(include_in_schema=False)
    root = os.path.realpath(folder)

    # No coroutines: they read files.
    @router.get("/")
    def index(request: Request) -> Response:
        return _file(request, root, INDEX)

    @router.get("/static/{name:path}")
    def static(request: Request, name: str) -> Response:
        return _file(request, root, name)

    return router


def _file(request: Request, root: str, name: str) -> Response:
    path = os.path.realpath(os.path.join(root, name)) if "\0" not in name else root
    kind = _TYPES.get(os.path.splitext(path)[1])
    if not path.startswith(root + os.sep) or kind is None:
        raise HTTPException(NOT_FOUND, "there is no such file")
    try:
        found = os.stat(path)
        content, tag = _content(path, found.st_mtime_ns, found.st_size)
    except OSError:
        raise HTTPException(NOT_FOUND, "there is no such file") from None
    # A file whose name has a version in it never changes under that name.
    keep = FOR_EVER if _VERSION.search(os.path.basename(path)) else LOOK_AGAIN
    headers = {"ETag": tag, "Cache-Control": keep}
    if tag in (each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=NOT_MODIFIED, headers=headers)
    return Response(content, media_type=kind, headers=headers)


@lru_cache(maxsize=512)
def _content(path: str, changed: int, size: int) -> tuple[bytes, str]:  # noqa: ARG001
    """A file and its tag, read anew when it has changed."""
    with open(path, "rb") as file:
        content = file.read()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'
