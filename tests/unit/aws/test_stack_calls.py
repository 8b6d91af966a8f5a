"""A call that takes long is answered early, and what follows it still happens when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sandbox.aws.stack_calls import StackCalls, early_answer
from sandbox.kernel.tasks import Tasks
from sandbox.protocols.http1 import Headers, Request, Response

WHOLE = Response(status=200, headers=Headers([]), body=b"whole")


class Host:
    """moto that works until it is told to stop. known: stacks by name."""

    def __init__(self) -> None:
        self.done = asyncio.Event()
        self.known: dict[str, str] = {"shop": "arn:shop"}

    async def handle(self, request: Request, account: str, *, service: str, region: str) -> Response:
        await self.done.wait()
        return WHOLE

    async def in_thread(self, work: Callable[[], Any]) -> Any:
        return work()

    def stack_id(self, account: str, region: str, name: str) -> str | None:
        return self.known.get(name)


def tell(story: Callable[[Host, StackCalls, asyncio.Event], Awaitable[None]], patience_s: float = 0.0) -> None:
    async def run() -> None:
        host, over, tasks = Host(), asyncio.Event(), Tasks("test")

        async def note() -> None:
            over.set()

        try:
            await story(host, StackCalls(host, tasks, note, patience_s), over)
        finally:
            await tasks.close()

    asyncio.run(run())


def asked(action: str, name: str = "shop") -> Request:
    return Request(method="POST", target="/", headers=Headers([]), body=f"Action={action}&StackName={name}".encode())


@pytest.mark.parametrize("action", ["CreateStack", "UpdateStack", "DeleteStack", "ExecuteChangeSet"])
def test_what_takes_long_is_answered_early_and_ends_later(action: str) -> None:
    async def story(host: Host, calls: StackCalls, over: asyncio.Event) -> None:
        answer = await calls.call(asked(action), "0", "us-east-1")
        assert f"<{action}Response ".encode() in answer.body
        assert (b"<StackId>arn:shop</StackId>" in answer.body) is (action in ("CreateStack", "UpdateStack"))
        assert not over.is_set()
        host.done.set()
        await over.wait()

    tell(story)


def test_what_is_over_in_time_is_answered_as_it_is() -> None:
    async def story(host: Host, calls: StackCalls, over: asyncio.Event) -> None:
        host.done.set()
        assert await calls.call(asked("CreateStack"), "0", "us-east-1") is WHOLE
        assert over.is_set()

    tell(story, patience_s=60.0)


@pytest.mark.parametrize("request_", [asked("DescribeStacks"), asked("CreateStack", "unknown")])
def test_what_has_no_early_answer_is_waited_for(request_: Request) -> None:
    """A call that reads, and a stack that is not there yet: its template may be wrong."""

    async def story(host: Host, calls: StackCalls, over: asyncio.Event) -> None:
        asyncio.get_running_loop().call_soon(host.done.set)
        assert await calls.call(request_, "0", "us-east-1") is WHOLE

    tell(story)


def test_an_id_is_written_as_xml() -> None:
    assert b"<StackId>a&amp;b</StackId>" in early_answer("CreateStack", "a&b").body
