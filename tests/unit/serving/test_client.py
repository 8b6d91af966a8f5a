"""The pool against servers in memory: what is kept, what is tried again, what is raised."""

import asyncio

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.client import HttpPool
from sandbox.serving.server import HttpServer

GET = Request(method="GET", target="/x", headers=Headers())
POST = Request(method="POST", target="/x", headers=Headers(), body=b"b")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def host_and_method(request):
    return Response(status=200, headers=Headers(), body=f"{request.method} {request.headers.get('host')}".encode())


async def turns(number=10):
    for _ in range(number):
        await asyncio.sleep(0)


def run(work):
    """Run `work(pool)`, and close the pool."""

    async def go():
        pool = HttpPool()
        try:
            return await work(pool)
        finally:
            await pool.close()

    return asyncio.run(go())


@pytest.fixture
def scripted(opener, script):
    """scripted(answers of the first connection, of the second, ...) -> an opener, and the servers it has made."""

    def made(*connections):
        waiting, servers = list(connections), []

        def serve():
            servers.append(script(*waiting.pop(0)))
            return servers[-1]

        return opener(serve), servers

    return made


def test_a_connection_is_kept_for_the_next_request(opener):
    async def work(pool):
        open_ = opener(HttpServer(host_and_method, name="test").protocol)
        answers = [await pool.send(GET, host="app.example.test", port=80, open=open_) for _ in range(5)]
        assert {answer.body for answer in answers} == {b"GET app.example.test"}
        assert pool.opened == 1

    run(work)


def test_requests_at_the_same_time_have_connections_of_their_own(opener):
    async def work(pool):
        open_ = opener(HttpServer(host_and_method, name="test").protocol)
        await asyncio.gather(*(pool.send(GET, host="a", port=80, open=open_) for _ in range(5)))
        assert pool.opened == 5
        await pool.send(GET, host="a", port=81, open=open_)
        assert pool.opened == 6  # another port is another server
        await pool.send(GET, host="a", port=80, open=open_)
        assert pool.opened == 6

    run(work)


def test_openers_share_connections_when_they_have_one_key(opener):
    async def work(pool):
        server = HttpServer(host_and_method, name="test")
        for _ in range(3):
            await pool.send(GET, host="a", port=80, open=opener(server.protocol), open_key="paris")
        assert pool.opened == 1
        await pool.send(GET, host="a", port=80, open=opener(server.protocol), open_key="tokyo")
        assert pool.opened == 2

    run(work)


def test_an_answer_to_head_leaves_the_connection_usable(opener):
    async def work(pool):
        open_ = opener(HttpServer(host_and_method, name="test").protocol)
        head = Request(method="HEAD", target="/", headers=Headers())
        answer = await pool.send(head, host="a", port=80, open=open_)
        assert (answer.body, answer.headers.get("content-length")) == (b"", "6")
        await pool.send(GET, host="a", port=80, open=open_)
        assert pool.opened == 1

    run(work)


@pytest.mark.parametrize("request_", [GET, POST])
def test_a_kept_connection_that_was_closed_meanwhile_is_replaced(scripted, request_):
    async def work(pool):
        open_, servers = scripted([OK], [OK])
        await pool.send(request_, host="a", port=80, open=open_)
        servers[0].transport.close()
        await turns()
        assert (await pool.send(request_, host="a", port=80, open=open_)).body == b"ok"

    run(work)


def test_a_kept_connection_that_dies_under_a_request_is_replaced_once(scripted):
    async def work(pool):
        open_, servers = scripted([OK, None], [OK, None], [None])
        await pool.send(GET, host="a", port=80, open=open_)
        assert (await pool.send(GET, host="a", port=80, open=open_)).body == b"ok"
        assert len(servers) == 2
        with pytest.raises(ConnectionResetError):  # the kept one is stale again, and so is its replacement
            await pool.send(GET, host="a", port=80, open=open_)
        assert len(servers) == 3

    run(work)


def test_a_post_is_not_sent_twice(scripted):
    # The server may have done the work before it died: the caller has to know.
    async def work(pool):
        open_, servers = scripted([OK, None], [OK])
        await pool.send(POST, host="a", port=80, open=open_)
        with pytest.raises(ConnectionResetError):
            await pool.send(POST, host="a", port=80, open=open_)
        assert len(servers) == 1

    run(work)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (None, ConnectionResetError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", TimeoutError),
        (b"", TimeoutError),
        (b"what?\r\n\r\n", ConnectionError),
        (OK + OK, ConnectionResetError),
    ],
)
def test_what_is_no_answer_is_an_os_error(scripted, answer, error):
    timeout_s = 0.01 if error is TimeoutError else 10.0

    async def work(pool):
        open_, servers = scripted([answer])
        with pytest.raises(error):
            await pool.send(GET, host="a", port=80, open=open_, timeout_s=timeout_s)
        await turns()
        assert servers[0].transport.closed

    run(work)


def test_an_answer_that_ends_with_the_connection_is_whole(opener, script):
    class Ending(script):
        def data_received(self, data):
            self.transport.write(b"HTTP/1.1 200 OK\r\n\r\nall of it")
            self.transport.close()

    async def work(pool):
        for _ in range(2):
            answer = await pool.send(GET, host="a", port=80, open=opener(Ending), open_key=1)
            assert answer.body == b"all of it"
        assert pool.opened == 2

    run(work)


def test_a_connection_that_says_close_or_speaks_unasked_is_not_kept(scripted):
    async def work(pool):
        closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        open_, servers = scripted([closing], [OK], [OK])
        await pool.send(GET, host="a", port=80, open=open_)
        await pool.send(GET, host="a", port=80, open=open_)
        servers[1].transport.write(b"unasked")
        await turns()
        await pool.send(GET, host="a", port=80, open=open_)
        assert pool.opened == 3

    run(work)


def test_the_host_header_is_added_and_never_replaced(opener):
    async def work(pool):
        open_ = opener(HttpServer(host_and_method, name="test").protocol)
        assert (await pool.send(GET, host="a", port=8080, open=open_)).body == b"GET a:8080"
        named = Request(method="GET", target="/", headers=Headers([("Host", "b")]))
        assert (await pool.send(named, host="a", port=8080, open=open_)).body == b"GET b"

    run(work)


def test_idle_connections_are_closed_after_one_to_two_intervals(scripted):
    async def work(pool):
        open_, servers = scripted([OK])
        await pool.send(GET, host="a", port=80, open=open_)
        pool._sweep()
        await turns()
        assert not servers[0].transport.closed
        pool._sweep()
        await turns()
        assert servers[0].transport.closed

    run(work)


def test_more_than_the_limit_is_not_kept(opener):
    async def go():
        pool = HttpPool(kept_limit=2)
        server = HttpServer(host_and_method, name="test")
        open_ = opener(server.protocol)
        await asyncio.gather(*(pool.send(GET, host="a", port=80, open=open_) for _ in range(5)))
        await turns()
        assert len(server.connections) == 2
        await pool.close()
        await turns()
        assert len(server.connections) == 0
        with pytest.raises(Refusal, match="closed"):
            await pool.send(GET, host="a", port=80, open=open_)

    asyncio.run(go())
