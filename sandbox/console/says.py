"""How errors are written: one shape for all of them."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.responses import Response

from sandbox.kernel.errors import Refusal


def problem(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error as JSON."""
    body = orjson.dumps({"error": {"code": code, "message": message}})
    return Response(body, status_code=status, media_type="application/json", headers=dict(headers or {}))


def refused(refusal: Refusal) -> Response:
    """A Refusal, with its own code, words and status."""
    return problem(refusal.status, refusal.code, refusal.message)
