"""The application endpoint of a region: what an Application Load Balancer is to the application behind it.

In: requests to the region's application, and the port on which the application listens (None: it does not run).
Out: the application's answers, or the balancer's own 502, 503 and 504. The fault fail-app makes it answer a share of
requests itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable
from dataclasses import replace
from random import Random

from sandbox.kernel.errors import bad_setting
from sandbox.protocols.http1 import Request, Response
from sandbox.serving.client import TIMEOUT_S, HttpPool
from sandbox.serving.core import alb_answer, forwarded
from sandbox.serving.values import BalancerCounts, plain_text

APP_HOST = "127.0.0.1"
PEER_HEADER = "Sandbox-Client-Address"  # set by the proxy; a balancer behind a simulated network cannot see its peer


class Balancer:
    """Forwards to one application. `handler` is for `serve_http`."""

    def __init__(
        self,
        pool: HttpPool,
        chance: Random,
        *,
        app_port: int | None = None,
        peer_header: str = PEER_HEADER,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.app_port = app_port
        self._pool = pool
        self._chance = chance
        self._peer_header = peer_header
        self._timeout_s = timeout_s
        self._failure_status: int | None = None
        self._failure_rate = 0.0
        self._requests = 0
        self._failed = 0
        self._by_status: Counter[int] = Counter()

    def __repr__(self) -> str:
        return f"Balancer(app {self.app_port}, {self._requests} requests, {self._failed} failed)"

    def set_app(self, port: int | None) -> None:
        """Where the application listens from now on; None: it does not run."""
        self.app_port = port

    def set_failure(self, status: int | None, rate: float = 1.0) -> None:
        """Answer `status` to this share (0 to 1) of requests; None ends that."""
        if status is not None and not 200 <= status <= 599:
            raise bad_setting("fail-app", f"{status} is not an HTTP status between 200 and 599")
        if not 0.0 <= rate <= 1.0:
            raise bad_setting("fail-app", f"rate {rate} is not between 0 and 1")
        self._failure_status = status
        self._failure_rate = rate

    def counts(self) -> BalancerCounts:
        """What has been done so far."""
        return BalancerCounts(requests=self._requests, failed=self._failed, by_status=dict(self._by_status))

    def handler(self, request: Request) -> Response | Awaitable[Response]:
        """Answer, or ask the application."""
        self._requests += 1
        failure = self._failure_status
        if failure is not None and self._chance.random() < self._failure_rate:
            self._failed += 1
            return self._counted(plain_text(failure, f"{failure}: the fault fail-app answers for the application"))
        if self.app_port is None:
            return self._counted(alb_answer(503))
        return self._ask_application(request, self.app_port)

    async def _ask_application(self, request: Request, port: int) -> Response:
        asked = replace(
            request, target=_origin_form(request), headers=forwarded(request, peer_header=self._peer_header)
        )
        try:
            answer = await self._pool.send(asked, host=APP_HOST, port=port, timeout_s=self._timeout_s)
        except TimeoutError:
            answer = alb_answer(504)
        except OSError:
            answer = alb_answer(502)
        return self._counted(answer)

    def _counted(self, answer: Response) -> Response:
        self._by_status[answer.status] += 1
        return answer


def _origin_form(request: Request) -> str:
    if request.target.startswith("/"):
        return request.target
    return f"{request.path}?{request.query}" if request.query else request.path
