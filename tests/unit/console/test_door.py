"""Claims about the door: what is refused reaches nobody, and every answer says what a page may load."""

import asyncio

from sandbox.console.door import GuardedDoor
from sandbox.console.guard import Guard


def ask(path="/", method="GET", **headers):
    """(status, headers, whether the application was reached)."""
    reached, sent = [], []

    async def app(scope, receive, send):
        reached.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        sent.append(message)

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": pairs}
    asyncio.run(GuardedDoor(app, Guard())(scope, None, send))
    start = sent[0]
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, bool(reached)


def test_what_is_refused_reaches_nobody():
    status, headers, reached = ask(host="evil.example")
    assert (status, reached) == (421, False)
    assert headers["content-type"] == "application/json"


def test_pages_may_load_only_what_is_served_here():
    status, headers, reached = ask(host="localhost")
    assert (status, reached) == (200, True)
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_a_large_body_is_not_read():
    kind = {"host": "localhost", "content_type": "application/json"}
    assert ask(method="POST", **kind, content_length="2000000")[::2] == (413, False)
    assert ask(method="POST", **kind, content_length="x")[::2] == (413, False)
    assert ask(method="POST", **kind, transfer_encoding="chunked")[::2] == (413, False)
    assert ask(method="POST", **kind, content_length="20")[::2] == (200, True)
