"""Calls to CloudFormation that take long are answered before they are over, as AWS answers all of them at once.

In: one call to moto, which ends when the stack is made. Out: its answer; or, after `PATIENCE_S`, what AWS would have
answered to begin with, while the work goes on. Whoever asks then sees a stack that is in progress.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from sandbox.kernel.dice import fresh_token
from sandbox.kernel.tasks import Tasks
from sandbox.protocols.http1 import Headers, Request, Response

PATIENCE_S = 20.0  # most stacks are over in one; clients wait 60
NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
# What AWS answers at once, by action: whether the answer names the stack.
EARLY: Mapping[str, bool] = MappingProxyType(
    {"CreateStack": True, "UpdateStack": True, "DeleteStack": False, "ExecuteChangeSet": False}
)


class Host(Protocol):
    """moto, as far as this room asks it."""

    async def handle(self, request: Request, account: str, *, service: str, region: str) -> Response:
        """One call, to its end."""
        ...

    async def in_thread(self, work: Callable[[], Any]) -> Any:
        """Something that touches moto."""
        ...

    def stack_id(self, account: str, region: str, name: str) -> str | None:
        """The id of a stack that is there. Blocking."""
        ...


class StackCalls:
    """CloudFormation's calls. on_over: awaited after each, also after one that was answered early."""

    def __init__(
        self, host: Host, tasks: Tasks, on_over: Callable[[], Awaitable[None]], patience_s: float = PATIENCE_S
    ) -> None:
        self._host = host
        self._tasks = tasks
        self._on_over = on_over
        self._patience_s = patience_s

    async def call(self, request: Request, account: str, region: str) -> Response:
        """The answer, early if it must be."""
        work = self._tasks.start(self._whole(request, account, region), "stack")
        await asyncio.wait({work}, timeout=self._patience_s)
        if not work.done():
            early = await self._early(request, account, region)
            if early is not None:
                return early
        return await asyncio.shield(work)

    async def _whole(self, request: Request, account: str, region: str) -> Response:
        answer = await self._host.handle(request, account, service="cloudformation", region=region)
        await self._on_over()
        return answer

    async def _early(self, request: Request, account: str, region: str) -> Response | None:
        form = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        action = form.get("Action", "")
        if action not in EARLY:
            return None
        stack_id = None
        if EARLY[action]:
            name = form.get("StackName", "")
            stack_id = await self._host.in_thread(lambda: self._host.stack_id(account, region, name))
            if stack_id is None:  # it has not come so far
                return None
        return early_answer(action, stack_id)


def early_answer(action: str, stack_id: str | None) -> Response:
    """As AWS answers when it has begun."""
    request_id = fresh_token()
    result = f"<StackId>{escape(stack_id)}</StackId>" if stack_id else ""
    body = (
        f'<{action}Response xmlns="{NAMESPACE}"><{action}Result>{result}</{action}Result>'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
    )
    headers = Headers([("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)])
    return Response(status=200, headers=headers, body=body.encode())
