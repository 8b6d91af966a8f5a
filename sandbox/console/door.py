"""The door of the server: the guard's verdict on each request, a limit on bodies, and headers that every answer has.

In: ASGI requests. Out: the application's answers, or a refusal before it sees anything. What may be loaded by a page is
said by Content-Security-Policy: nothing from anywhere else.
"""

from __future__ import annotations

from typing import Any

from sandbox.console.guard import Asked, Guard
from sandbox.console.says import problem, refused

MOST_BODY_BYTES = 1_000_000
OWN_PAGES = "default-src 'self'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
DOCS = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; img-src 'self' data:"
ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


class GuardedDoor:
    """ASGI middleware."""

    def __init__(self, app: Any, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope.get("query_string", b"").decode("latin-1")
        refusal = self._guard.refusal(Asked(method=scope["method"], headers=headers, query=query))
        answer: Any = self._app
        if refusal is not None:
            answer = refused(refusal)
        elif not _fits(headers):
            answer = problem(413, "TooLarge", f"A body has at most {MOST_BODY_BYTES} bytes, and says how many.")
        policy = DOCS if scope["path"].startswith("/api/docs") else OWN_PAGES
        more = (*ALWAYS, (b"content-security-policy", policy.encode()))

        async def send_with_headers(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            await send(message)

        await answer(scope, receive, send_with_headers)


def _fits(headers: dict[str, str]) -> bool:
    length = headers.get("content-length", "0")
    return "transfer-encoding" not in headers and length.isdigit() and int(length[:12]) <= MOST_BODY_BYTES
