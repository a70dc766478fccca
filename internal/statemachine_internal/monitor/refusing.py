"""An answer that is given in place of the application's."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

_IN_WORDS = "websocket.http.response"  # ASGI's extension "WebSocket Denial Response"
_POLICY_VIOLATION = 1008  # RFC 6455, section 7.4.1


async def refuse(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with this. To a WebSocket that isn't open yet older releases of uvicorn say 403, without words."""
    if scope["type"] == "http":
        await response(scope, receive, send)
        return

    async def send_denial(message: Message) -> None:
        await send({**message, "type": f"websocket.{message['type']}"})

    if _IN_WORDS in (scope.get("extensions") or {}):
        await response({**scope, "type": "http"}, receive, send_denial)
    else:
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
