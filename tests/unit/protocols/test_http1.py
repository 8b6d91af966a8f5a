"""Reading messages: any split of the bytes gives the same values, and nothing but HttpError comes out of garbage."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.protocols.http1 import (
    HEAD_LIMIT_BYTES,
    STREAM_ABOVE_BYTES,
    Headers,
    HttpError,
    Request,
    RequestParser,
    Response,
    ResponseParser,
    chunk,
    encode_request,
    encode_response_head,
)

MEGABYTE = 1024 * 1024
REQUESTS = [
    b"GET /?a=1 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /empty HTTP/1.1\r\nHost:\r\nX-Empty: \r\nX-After: 1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    b"PUT /k HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n",
    b"PUT /k HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    b"POST /up HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Length: 3\r\n\r\nabc",
    b"GET /chat HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"HEAD /caf%C3%A9 HTTP/1.1\r\nX-Meta: caf\xe9\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
]
LAST_REQUESTS = [b"", b"GET / HTTP/1.0\r\n\r\n", b"DELETE /x HTTP/1.1\r\nConnection: close\r\n\r\n"]
RESPONSES = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n",
    b"HTTP/1.1 500 Internal Server Error\r\nX-Empty:\r\nContent-Length: 1\r\n\r\nx",
]


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted({cut % (len(stream) + 1) for cut in cuts}), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges) if start != end]


def read(parser, parts):
    return [message for part in parts for message in parser.feed(part)]


def refusal_of(parser, *parts):
    with pytest.raises(HttpError) as refused:
        read(parser, parts)
    return refused.value


cuts = st.lists(st.integers(0, 2000), max_size=30)


@given(st.lists(st.sampled_from(REQUESTS), max_size=5), st.sampled_from(LAST_REQUESTS), cuts)
def test_any_split_of_a_stream_of_requests_reads_the_same(chosen, last, where):
    stream = b"".join(chosen) + last
    whole, split = RequestParser(), RequestParser()
    expected = read(whole, [stream] if stream else [])
    assert len(expected) == len(chosen) + bool(last)
    assert read(split, pieces(stream, where)) == expected
    assert split.keep_alive == whole.keep_alive == (not last)


@given(st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=3))
def test_one_byte_at_a_time_reads_the_same(chosen):
    stream = b"".join(chosen)
    assert read(RequestParser(), [bytes([byte]) for byte in stream]) == RequestParser().feed(stream)


@given(st.lists(st.sampled_from(RESPONSES), min_size=1, max_size=5), cuts)
def test_any_split_of_a_stream_of_answers_reads_the_same(chosen, where):
    stream = b"".join(chosen)
    expected = ResponseParser().feed(stream)
    assert len(expected) == len(chosen)
    assert read(ResponseParser(), pieces(stream, where)) == expected


@given(st.lists(st.binary(max_size=300), max_size=6), st.sampled_from([RequestParser, ResponseParser]))
def test_garbage_raises_nothing_but_http_error(parts, parser_class):
    parser = parser_class()
    with suppress(HttpError):
        read(parser, parts)
        if parser_class is ResponseParser:
            parser.finish()


@given(
    st.sampled_from(REQUESTS + RESPONSES),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=4),
    cuts,
)
def test_a_damaged_message_raises_nothing_but_http_error(message, damages, where):
    damaged = bytearray(message * 2)
    for at, byte in damages:
        damaged[at % len(damaged)] = byte
    for parser in (RequestParser(), ResponseParser()):
        with suppress(HttpError):
            read(parser, pieces(bytes(damaged), where))


def test_empty_header_values_do_not_run_into_the_next_name():
    [request] = read(RequestParser(), [b"GET / HTTP/1.1\r\nA:", b"\r\nB", b"B: 1\r\nC:\r\n", b"\r\n"])
    assert list(request.headers) == [("A", ""), ("BB", "1"), ("C", "")]


def test_chunks_are_joined_and_trailers_dropped():
    [request] = RequestParser().feed(REQUESTS[4])
    assert request.body == b"hello world"
    assert "x-trailer" not in request.headers


def test_bytes_that_are_not_ascii_survive_in_headers_but_not_in_targets():
    [request] = RequestParser().feed(REQUESTS[8])
    assert request.target == "/caf%C3%A9"
    assert request.headers.get("x-meta") == "café"
    assert refusal_of(RequestParser(), b"GET /caf\xc3\xa9 HTTP/1.1\r\n\r\n").status == 400


def test_requests_before_a_mistake_are_handed_over_with_it():
    error = refusal_of(RequestParser(), REQUESTS[0] + REQUESTS[2] + b"nonsense\r\n\r\n")
    assert error.status == 400
    assert [request.method for request in error.complete] == ["GET", "POST"]


def test_after_a_mistake_nothing_is_read_any_more():
    parser = RequestParser()
    refusal_of(parser, b"nonsense\r\n\r\n")
    assert refusal_of(parser, REQUESTS[0]).status == 400


@pytest.mark.parametrize(
    "smuggled",
    [
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n",
        b"GET / HTTP/1.1\r\nA : b\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"BREW /pot HTTP/1.1\r\n\r\n",
    ],
)
def test_what_two_readers_could_understand_differently_is_refused(smuggled):
    assert refusal_of(RequestParser(), smuggled).status == 400


@pytest.mark.parametrize("piece_bytes", [1000, 10**9])
def test_a_head_without_end_is_refused(piece_bytes):
    endless = b"GET /" + b"a" * (4 * HEAD_LIMIT_BYTES)
    headers = b"GET / HTTP/1.1\r\n" + b"X: " + b"b" * (4 * HEAD_LIMIT_BYTES) + b"\r\n\r\n"
    many = b"GET / HTTP/1.1\r\n" + b"X-Name: value\r\n" * 20_000 + b"\r\n"
    for head in (endless, headers, many):
        parts = [head[at : at + piece_bytes] for at in range(0, len(head), piece_bytes)]
        assert refusal_of(RequestParser(), *parts).status == 431


def test_a_head_of_sixty_kilobytes_is_read():
    [request] = RequestParser().feed(b"GET / HTTP/1.1\r\nX: " + b"b" * 60_000 + b"\r\n\r\n")
    assert len(request.headers.get("x")) == 60_000


def test_a_trailer_without_end_is_refused():
    start = b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Trailer: "
    assert refusal_of(RequestParser(), start, *[b"x" * 10_000] * 20).status == 431


def test_a_body_announced_as_too_long_is_refused_before_it_comes():
    parser = RequestParser(body_limit_bytes=10)
    assert refusal_of(parser, b"PUT / HTTP/1.1\r\nContent-Length: 11\r\n\r\n").status == 413


def test_a_body_that_grows_too_long_is_refused():
    parser = RequestParser(body_limit_bytes=10)
    error = refusal_of(parser, b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"4\r\nabcd\r\n"] * 3)
    assert error.status == 413
    assert error.code == "RequestEntityTooLarge"


def test_a_body_of_16_mb_arrives_whole():
    body = bytes(range(256)) * (16 * MEGABYTE // 256)
    stream = b"PUT / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    parts = [stream[at : at + 200_000] for at in range(0, len(stream), 200_000)]
    [request] = read(RequestParser(), parts)
    assert request.body == body


def test_a_client_that_waits_to_continue_is_seen_once():
    parser = RequestParser()
    assert parser.feed(REQUESTS[5][:-3]) == []
    assert parser.awaits_continue
    parser.continued()
    assert not parser.awaits_continue
    [request] = parser.feed(b"abc" + REQUESTS[5][:-3])
    assert request.body == b"abc"
    assert parser.awaits_continue  # the next one waits too


def test_a_client_that_does_not_wait_is_not_told_to_continue():
    parser = RequestParser()
    parser.feed(REQUESTS[5][:-2])
    assert not parser.awaits_continue
    old = RequestParser()
    old.feed(REQUESTS[5][:-3].replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert not old.awaits_continue


def test_a_wish_to_upgrade_is_declined_and_the_request_served():
    [request] = RequestParser().feed(REQUESTS[6])
    assert (request.method, request.body) == ("POST", b"abc")
    assert "upgrade" not in request.headers


def test_what_follows_connect_is_not_read_as_http():
    parser = RequestParser()
    [request] = parser.feed(b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n\x16\x03\x01")
    assert (request.method, request.target) == ("CONNECT", "a:443")
    assert parser.tunnelled == b"\x16\x03\x01"
    assert parser.feed(b"\x00\x00") == []


def test_what_follows_the_last_request_is_ignored():
    parser = RequestParser()
    assert len(parser.feed(LAST_REQUESTS[2] + b"\r\nnonsense")) == 1
    assert parser.feed(b"more nonsense") == []


def test_an_answer_to_head_ends_with_its_head():
    parser = ResponseParser()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
    for _ in range(2):
        parser.expect("HEAD")
        [response] = read(parser, [head[:10], head[10:]])
        assert response.head_only
        assert response.headers.get("content-length") == "99"
    parser.expect("GET")
    [response] = parser.feed(RESPONSES[0])
    assert response.body == b"ok"


def test_an_answer_without_length_lasts_until_the_end():
    parser = ResponseParser()
    parser.expect("GET")
    assert read(parser, [b"HTTP/1.1 200 OK\r\n\r\nab", b"cd"]) == []
    [response] = parser.finish()
    assert response.body == b"abcd"
    assert not parser.keep_alive


@pytest.mark.parametrize("cut_bytes", [1, 20, 39])
def test_an_answer_cut_off_is_an_error(cut_bytes):
    parser = ResponseParser()
    parser.feed(RESPONSES[0][:cut_bytes])
    assert parser.begun
    with pytest.raises(HttpError, match="in the middle"):
        parser.finish()


def test_an_end_between_answers_is_no_error():
    parser = ResponseParser()
    parser.expect("GET")
    assert parser.finish() == []
    parser.feed(RESPONSES[0])
    assert parser.finish() == []


class Sink:
    """A StreamSink that notes what it gets."""

    def __init__(self, length):
        self.length, self.got, self.is_complete = length, b"", False

    def feed(self, piece):
        self.got += piece

    def finish(self):
        self.is_complete = True


@pytest.mark.parametrize("size", [1, 1000, 1 << 20, 10 << 20])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_large_body_goes_to_a_sink_in_pieces_of_any_size_and_the_next_request_follows(size, is_chunked):
    body = bytes(range(256)) * (STREAM_ABOVE_BYTES // 256 + 10)
    if is_chunked:
        framed = b"Transfer-Encoding: chunked\r\n\r\n" + chunk(body[:777]) + chunk(body[777:]) + chunk(b"")
    else:
        framed = b"Content-Length: %d\r\n\r\n" % len(body) + body
    whole = b"PUT /big HTTP/1.1\r\nHost: x\r\n" + framed + b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n"
    cuts = [*(range(300) if size == 1 else range(0, len(whole), size)), len(whole)]
    parser = RequestParser(open_stream=Sink)
    requests = [request for a, b in pairwise(cuts) for request in parser.feed(whole[a:b])]
    assert [request.target for request in requests] == ["/big", "/next"]
    sink = requests[0].stream
    assert (sink.got, sink.is_complete, sink.length) == (body, True, None if is_chunked else len(body))
    assert (requests[0].body, requests[1].stream) == (b"", None)


def test_without_a_sink_a_body_above_the_limit_is_still_refused():
    with pytest.raises(HttpError) as refused:
        RequestParser(body_limit_bytes=10).feed(b"PUT / HTTP/1.1\r\nContent-Length: 11\r\n\r\n")
    assert refused.value.status == 413


def test_an_answer_without_a_length_streams_until_the_connection_ends():
    parser = ResponseParser(open_stream=Sink)
    parser.expect("GET")
    (answer,) = parser.feed(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (STREAM_ABOVE_BYTES + 1))
    assert not answer.stream.is_complete
    assert parser.finish() == []
    assert answer.stream.is_complete


def test_an_answer_that_ends_too_early_does_not_finish_its_sink():
    parser = ResponseParser(open_stream=Sink)
    parser.expect("GET")
    (answer,) = parser.feed(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\nx" % (STREAM_ABOVE_BYTES + 1))
    with pytest.raises(HttpError):
        parser.finish()
    assert not answer.stream.is_complete


@pytest.mark.parametrize(("length", "framing"), [(7, b"Content-Length: 7"), (None, b"Transfer-Encoding: chunked")])
def test_a_stream_is_framed_by_what_is_known_of_it(length, framing):
    request = Request(method="PUT", target="/", headers=Headers(), stream=Sink(length))
    assert framing in encode_request(request)
    response = Response(status=200, headers=Headers.as_written("A: b\r\n"), stream=Sink(length))
    assert framing in encode_response_head(response, keep_alive=True)
