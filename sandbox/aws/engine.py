"""The engine as control serves it: moto behind its guards, and what must follow a change.

In: calls with account, region and service, over loopback HTTP (`serve`) or directly (`call`). Out: answers. After a
call that may have changed something the state is dirty, and after one that may have changed what data planes must know
(zones, checks, auto scaling, accelerators) that is published before the caller hears of its success.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from sandbox.aws.engine_client import marks_of
from sandbox.aws.errors import render
from sandbox.aws.moto_host import MotoHost, action_of
from sandbox.aws.naming import PAGES
from sandbox.aws.publishing import Publisher
from sandbox.aws.route53_guard import kept_observations, planet_question
from sandbox.aws.services.fis.api import Fis
from sandbox.aws.stack_calls import StackCalls
from sandbox.kernel.errors import Refusal, unavailable
from sandbox.kernel.tasks import Tasks
from sandbox.protocols.http1 import Headers, Request, Response

READING = ("Get", "List", "Describe", "Head", "Lookup", "Search", "Validate", "Estimate", "Test", "Simulate")
# Told at once ("monitoring" is CloudWatch); what a stack does, when it is over.
PUBLISHED = frozenset(
    {
        *("route53", "route53-recovery-cluster", "monitoring", "application-autoscaling"),
        *("globalaccelerator", "ec2", "elasticloadbalancing"),  # the last two have accelerators' endpoints
    }
)
PLANET_WITHIN_S = 5.0
RECOVERY_CLUSTER = "route53-recovery-cluster"

Pages = Callable[[Request], Awaitable[Response]]


class Engine:
    """Every service that no region serves itself. `is_dirty`: something may have changed since it was set to False.

    pages: answers the sandbox's own pages (/moto-api/reset ...), which clients ask at every door.
    """

    def __init__(
        self,
        host: MotoHost,
        publisher: Publisher,
        fis: Fis,
        tasks: Tasks,
        *,
        default_account: str,
        verdicts: Callable[[], Mapping[str, Any]],
        ask_planet: Callable[..., Awaitable[Any]],
        throttle: Callable[[str, str, str], None] | None = None,
    ) -> None:
        """verdicts: what the planet published of checks. ask_planet: (method, **arguments) -> its answer.

        throttle: (account, method, path) of a call of Route 53 -> a Refusal when there were too many.
        """
        self.host = host
        self.publisher = publisher
        self.fis = fis
        self.default_account = default_account
        self.is_dirty = False
        self.pages: Pages | None = None
        self.after_stack: Callable[[], Awaitable[None]] | None = None  # awaited before a stack's caller is answered
        self._verdicts = verdicts
        self._ask_planet = ask_planet
        self._throttle = throttle
        self._stacks = StackCalls(host, tasks, self._stack_is_over)

    async def serve(self, request: Request) -> Response:
        """The handler of the loopback server: what front doors send."""
        request, account, region, service = marks_of(request, default_account=self.default_account)
        if service == PAGES and self.pages is not None:
            return await self.pages(request)
        return await self.call(request, account, region, service)

    async def call(self, request: Request, account: str, region: str, service: str) -> Response:
        """One AWS call."""
        try:
            if service == "route53":
                if self._throttle is not None:
                    self._throttle(account, request.method, request.path)
                early = await self._answer_of_planet(request)
                if early is not None:
                    return early
            if service == "fis":
                early = await self.fis.answer(request, account, region)
                if early is not None:
                    return early
            if service == "cloudformation" and may_change(request, service):
                return await self._stacks.call(request, account, region)
            if service == RECOVERY_CLUSTER:
                answer = await self._switch(request, account)
            else:
                answer = await self.host.handle(request, account, service=service, region=region)
        except Refusal as refusal:
            return render(refusal, service, request)
        if may_change(request, service):
            self.is_dirty = True
            if service in PUBLISHED:
                await self.publisher.update()
        return answer

    async def _stack_is_over(self) -> None:
        """A stack may have changed anything."""
        self.is_dirty = True
        if self.after_stack is not None:
            await self.after_stack()
        await self.publisher.update()

    async def _switch(self, request: Request, account: str) -> Response:
        """Routing controls, whose data plane has no home region."""
        try:
            asked = orjson.loads(request.body or b"{}")
        except orjson.JSONDecodeError as error:
            raise Refusal("ValidationException", f"not JSON: {error}") from error
        result = await self.host.routing_control_call(account, action_of(request), asked)
        headers = Headers([("Content-Type", "application/x-amz-json-1.0")])
        return Response(status=200, headers=headers, body=orjson.dumps(result))

    async def reset(self) -> None:
        """Empty every service, and take every zone away."""
        await self.host.reset()
        self.fis.reset()
        self.is_dirty = True
        await self.publisher.update()

    async def _answer_of_planet(self, request: Request) -> Response | None:
        question = planet_question(request, self.publisher.published)
        if question is None:
            return None
        try:
            async with asyncio.timeout(PLANET_WITHIN_S):
                told = await self._ask_planet(question.method, **question.arguments)
        except (TimeoutError, Refusal) as error:
            check_id = question.arguments.get("check_id")
            if check_id is None:
                raise error if isinstance(error, Refusal) else unavailable("the planet", "no answer") from error
            told = kept_observations(self._verdicts().get(check_id) or {})
        return question.answer(told)


def may_change(request: Request, service: str) -> bool:
    """False only for calls that surely read: by method where the API is REST, by the action's verb elsewhere."""
    if request.method in ("GET", "HEAD"):
        return "Action=" in request.query and not action_of(request).startswith(READING)
    action = action_of(request)
    return not action.startswith(READING)
