"""The application's endpoint: whom it forwards to, what it says itself, and the fault fail-app."""

import asyncio
import random

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.balancer import Balancer
from sandbox.serving.client import HttpPool

GET = Request(method="GET", target="/items?x=1", headers=Headers([("Host", "app.example.test")]))


class Application(HttpPool):
    """A pool whose every request is answered by `answer`; an exception is raised."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer
        self.asked = []

    async def send(self, request, **where):
        self.asked.append((request, where["port"]))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def ask(balancer, request=GET):
    answer = balancer.handler(request)

    async def go():
        return await answer

    return answer if isinstance(answer, Response) else asyncio.run(go())


def test_the_application_answers():
    pool = Application(Response(status=201, headers=Headers(), body=b"made"))
    balancer = Balancer(pool, random.Random(1), app_port=8000)
    assert ask(balancer).body == b"made"
    [(request, port)] = pool.asked
    assert (request.target, port) == ("/items?x=1", 8000)
    assert request.headers.get("host") == "app.example.test"
    assert request.headers.get("x-forwarded-proto") == "http"


def test_an_absolute_target_reaches_the_application_as_a_path():
    pool = Application(Response(status=200, headers=Headers()))
    request = Request(method="GET", target="http://app.example.test/a?b=c", headers=Headers())
    ask(Balancer(pool, random.Random(1), app_port=8000), request)
    assert pool.asked[0][0].target == "/a?b=c"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConnectionRefusedError(), 502),
        (ConnectionResetError(), 502),
        (TimeoutError(), 504),
        (OSError(24, "files"), 502),
    ],
)
def test_an_application_that_fails_is_answered_for_as_an_alb_does(error, status):
    balancer = Balancer(Application(error), random.Random(1), app_port=8000)
    assert ask(balancer).status == status
    assert balancer.counts().by_status == {status: 1}


def test_without_an_application_the_answer_is_503():
    balancer = Balancer(Application(OSError()), random.Random(1))
    assert ask(balancer).status == 503
    balancer.set_app(8000)
    assert ask(balancer).status == 502


def test_fail_app_answers_its_share_and_heals():
    pool = Application(Response(status=200, headers=Headers()))
    balancer = Balancer(pool, random.Random(7), app_port=8000)
    balancer.set_failure(500, rate=0.25)
    statuses = [ask(balancer).status for _ in range(400)]
    assert 70 < statuses.count(500) < 130
    assert len(pool.asked) == statuses.count(200)
    assert balancer.counts().failed == statuses.count(500)
    balancer.set_failure(None)
    assert ask(balancer).status == 200
    assert balancer.counts().requests == 401


def test_the_same_dice_fail_the_same_requests():
    def run():
        balancer = Balancer(Application(Response(status=200, headers=Headers())), random.Random(7), app_port=1)
        balancer.set_failure(503, rate=0.5)
        return [ask(balancer).status for _ in range(50)]

    assert run() == run()


@pytest.mark.parametrize(("status", "rate"), [(99, 1.0), (600, 1.0), (500, -0.1), (500, 1.1)])
def test_a_fault_that_makes_no_sense_is_refused(status, rate):
    with pytest.raises(Refusal, match="fail-app"):
        Balancer(Application(OSError()), random.Random(1)).set_failure(status, rate)
