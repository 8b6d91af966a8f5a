"""Posts to the console's API, whose answer is what a test goes on with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


def post(api: httpx.Client, path: str, **body: Any) -> Any:
    """What a post answered that was taken."""
    answer = api.post(path, json=body)
    assert answer.status_code < 300, answer.text
    return answer.json()
