"""What a browser is told with every response: load nothing from elsewhere, guess no types, stand in no other page."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
NOT_STORED = (b"cache-control", b"no-store")


class BrowserHeaders:
    """ASGI middleware: adds them; where nothing is said of keeping a response, it isn't kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                kept = () if any(name.lower() == b"cache-control" for name, _ in given) else (NOT_STORED,)
                message = {**message, "headers": [*given, *HEADERS, *kept]}
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
