"""The server on connections in memory: order, endings, refusals."""

import asyncio

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Response, ResponseParser
from sandbox.serving.server import PIPELINE_LIMIT, HttpServer
from sandbox.serving.values import Later, plain_text

GET = b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n"


def echo(request):
    return Response(status=200, headers=Headers(), body=request.target.encode() + request.body)


class Client(asyncio.Protocol):
    """Remembers what it is sent."""

    def __init__(self):
        self.received = b""
        self.ended = False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.received += data

    def eof_received(self):
        self.ended = True

    @property
    def answers(self):
        return ResponseParser().feed(self.received)

    @property
    def bodies(self):
        return [answer.body for answer in self.answers]


async def turns(number=12):
    for _ in range(number):
        await asyncio.sleep(0)


@pytest.fixture
def talk(join):
    """talk(handler, bytes...) -> the client, after the server has had its turns."""

    def talked(handler, *parts, server=None):
        async def go():
            serving = server or HttpServer(handler, name="test")
            client = Client()
            join(client, serving.protocol())
            for part in parts:
                client.transport.write(part)
                await turns()
            await turns(400)
            await serving.tasks.close()
            return client

        return asyncio.run(go())

    return talked


def test_requests_on_one_connection_are_answered_in_order_whatever_they_cost(talk):
    # Each third request has to wait; a server that answers when it can would overtake it.
    async def slow(request):
        await turns(5)
        return echo(request)

    def handler(request):
        return slow(request) if int(request.target[1:]) % 3 == 0 else echo(request)

    number = PIPELINE_LIMIT + 20
    client = talk(handler, b"".join(GET % at for at in range(number)))
    assert client.bodies == [b"/%d" % at for at in range(number)]


def test_an_answer_that_comes_later_costs_neither_future_nor_task(talk):
    # Writes wait for their commit in thousands a second. Order holds: /2 is asked before /1 has its answer.
    server, asked = HttpServer(lambda request: later(request), name="test"), []

    def later(request):
        asked.append((request.target, len(server.tasks)))
        answer = Later()
        if request.target == "/2":
            answer.settle(echo(request))
        else:
            asyncio.get_running_loop().call_soon(answer.settle, echo(request))
        return answer

    client = talk(None, GET % 1 + GET % 2, GET % 3, server=server)
    assert client.bodies == [b"/1", b"/2", b"/3"]
    assert asked == [("/1", 0), ("/2", 0), ("/3", 0)]


def test_an_answer_that_comes_later_can_be_awaited():
    async def story():
        loop, early, late = asyncio.get_running_loop(), Later(), Later()
        early.settle(plain_text(200, "early"))
        loop.call_soon(late.settle, plain_text(200, "late"))
        given_up = Later()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await given_up
        given_up.settle(plain_text(200, "nobody waits any more"))
        return (await early).body + (await late).body

    assert asyncio.run(story()) == b"early\nlate\n"


@pytest.mark.parametrize(
    ("error", "status"), [(Refusal("Throttled", "slow down", status=429), 429), (KeyError("secret"), 500)]
)
def test_a_future_that_fails_is_answered_like_a_handler_that_fails(talk, error, status, capsys):
    def handler(request):
        answer = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(answer.set_exception, error)
        return answer

    client = talk(handler, GET % 1, GET % 2)
    assert [answer.status for answer in client.answers] == [status, status]  # and the connection goes on
    assert b"secret" not in client.received
    assert ("secret" in capsys.readouterr().err) == (status == 500)


def test_the_second_request_is_not_begun_before_the_first_is_answered(talk):
    begun = []

    async def handler(request):
        begun.append(request.target)
        await asyncio.Event().wait()

    talk(handler, GET % 1 + GET % 2)
    assert begun == ["/1"]


def test_a_connection_is_kept_and_closed_when_the_client_says_so(talk):
    client = talk(echo, GET % 1)
    assert not client.ended
    assert b"Connection" not in client.received
    client = talk(echo, b"GET /x HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert client.ended
    assert b"Connection: close\r\n" in client.received


def test_http_1_0_is_closed_unless_it_asks_to_be_kept(talk):
    assert talk(echo, b"GET /x HTTP/1.0\r\n\r\n").ended
    client = talk(echo, b"GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert not client.ended
    assert b"Connection: keep-alive\r\n" in client.received


def test_head_gets_the_length_without_the_body(talk):
    client = talk(echo, b"HEAD /abc HTTP/1.1\r\n\r\n")
    assert client.received == b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"


def test_a_waiting_client_is_told_to_continue_once(talk):
    head = b"PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n"
    client = talk(echo, head, b"abc", b"def")
    assert client.received == b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n/abcdef"


def test_a_waiting_client_is_told_only_after_earlier_answers(talk):
    async def slow(request):
        await turns(20)
        return echo(request)

    client = talk(slow, GET % 1 + b"PUT /2 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", b"")
    assert client.received.endswith(b"/1HTTP/1.1 100 Continue\r\n\r\n")


def test_a_client_that_waits_behind_a_request_answered_at_once_is_told_to_continue(talk):
    # A whole request and the head of another in one piece: the first needs no queue; the second must not be forgotten.
    client = talk(echo, GET % 1 + b"PUT /2 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
    assert client.received.endswith(b"/1HTTP/1.1 100 Continue\r\n\r\n")


def test_what_is_not_http_is_answered_400_after_what_was(talk):
    client = talk(echo, GET % 1 + b"nonsense\r\n\r\n")
    assert [answer.status for answer in client.answers] == [200, 400]
    assert client.ended


def test_a_refused_upload_can_still_read_why(talk):
    # The client goes on sending: closing at once would reset the connection under the answer.
    server = HttpServer(echo, name="test", body_limit_bytes=10)
    client = talk(echo, b"PUT / HTTP/1.1\r\nContent-Length: 99\r\n\r\n", b"x" * 50, b"x" * 49, server=server)
    assert [answer.status for answer in client.answers] == [413]
    assert client.ended


def test_a_refusal_is_rendered_by_the_door(talk):
    def handler(request):
        raise Refusal("NoSuchBucket", "The specified bucket does not exist", status=404)

    assert talk(handler, GET % 1).answers[0].body == b"NoSuchBucket: The specified bucket does not exist\n"

    server = HttpServer(
        handler, name="test", render=lambda refusal, request: plain_text(refusal.status, request.target)
    )
    [answer] = talk(handler, GET % 7, server=server).answers
    assert (answer.status, answer.body) == (404, b"/7\n")


def test_a_refusal_after_waiting_is_rendered_too(talk):
    async def handler(request):
        await turns(2)
        raise Refusal("Throttled", "slow down", status=429)

    assert talk(handler, GET % 1).answers[0].status == 429


@pytest.mark.parametrize("waits", [False, True])
def test_a_bug_is_told_to_the_log_and_not_to_the_client(talk, capsys, waits):
    def handler(request):
        raise KeyError("secret of the house")

    async def waiting(request):
        return handler(request)

    client = talk(waiting if waits else handler, GET % 1 + GET % 2)
    assert [answer.status for answer in client.answers] == [500, 500]  # and the connection goes on
    assert b"secret" not in client.received
    assert "Traceback" in (log := capsys.readouterr().err)
    assert "secret of the house" in log


def test_an_answer_that_cannot_be_written_is_a_bug_of_the_handler(talk, capsys):
    client = talk(lambda request: Response(status=200, headers=Headers([("X", "a\r\nb")])), GET % 1)
    assert [answer.status for answer in client.answers] == [500]
    assert "line break" in capsys.readouterr().err


def test_a_client_that_stops_sending_still_gets_its_answer(join):
    async def slow(request):
        await turns(5)
        return echo(request)

    async def go():
        client = Client()
        near, _ = join(client, HttpServer(slow, name="test").protocol())
        near.write(GET % 1)
        near.write_eof()
        await turns(40)
        return client

    client = asyncio.run(go())
    assert client.bodies == [b"/1"]
    assert client.ended


def test_a_client_that_does_not_read_is_not_answered_until_it_does(join):
    answered = []

    def handler(request):
        answered.append(request.target)
        return echo(request)

    async def go():
        connection = HttpServer(handler, name="test").protocol()
        client = Client()
        _, far = join(client, connection)
        connection.pause_writing()
        for number in range(PIPELINE_LIMIT + 10):
            connection.data_received(GET % number)
        assert answered == []
        assert not far.reading  # nor is more of it read
        connection.resume_writing()
        assert len(answered) == PIPELINE_LIMIT + 10
        assert far.reading

    asyncio.run(go())


def test_a_silent_connection_is_closed_at_the_second_sweep_and_a_working_one_is_not(join):
    async def go():
        async def never(request):
            await asyncio.Event().wait()

        server = HttpServer(never, name="test")
        silent, working = Client(), Client()
        for client in (silent, working):
            join(client, server.protocol())
        working.transport.write(GET % 1)
        await turns()
        for sweep in range(3):
            assert len(server.connections) == (2 if sweep < 2 else 1)
            for connection in tuple(server.connections):
                connection.close_if_silent()
            await turns()
        await server.close()
        await turns()
        assert not server.connections

    asyncio.run(go())


def test_a_server_that_closes_ends_what_was_being_answered(join):
    ended = []

    async def handler(request):
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(request.target)

    async def go():
        server = HttpServer(handler, name="test")
        client = Client()
        join(client, server.protocol())
        client.transport.write(GET % 1)
        await turns()
        await server.close()
        await turns()
        return client

    assert asyncio.run(go()).ended
    assert ended == ["/1"]
