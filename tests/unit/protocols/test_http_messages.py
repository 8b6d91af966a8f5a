"""Writing messages: framing is ours, whatever an earlier hop said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.protocols.http1 import RequestParser, ResponseParser
from sandbox.protocols.http_messages import (
    Headers,
    HttpError,
    Request,
    Response,
    encode_request,
    encode_response,
    encode_response_head,
)

names = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ-", min_size=1, max_size=12).map(lambda name: f"x-{name}")
values = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)
pairs = st.lists(st.tuples(names, values), max_size=8)


def test_headers_are_found_without_regard_to_case_and_kept_as_they_came():
    headers = Headers([("Set-Cookie", "a=1"), ("X-One", "1"), ("set-cookie", "b=2")])
    assert headers.get("SET-COOKIE") == "a=1"
    assert headers.getall("set-cookie") == ["a=1", "b=2"]
    assert "x-one" in headers
    assert "x-two" not in headers
    assert headers.get("x-two", "none") == "none"
    assert list(headers) == [("Set-Cookie", "a=1"), ("X-One", "1"), ("set-cookie", "b=2")]


def test_headers_are_changed_into_new_ones():
    headers = Headers([("Host", "a"), ("X-One", "1"), ("host", "b")])
    assert list(headers.with_("HOST", "c")) == [("X-One", "1"), ("HOST", "c")]
    assert list(headers.without("host", "x-two")) == [("X-One", "1")]
    assert len(headers) == 3


@given(pairs)
def test_the_first_of_several_values_is_the_one_got(given_pairs):
    headers = Headers(given_pairs)
    for name, _ in given_pairs:
        assert headers.get(name.upper()) == headers.getall(name)[0]


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/bucket/key?x=1", "/bucket/key", "x=1"),
        ("/", "/", ""),
        ("/a?b?c=d", "/a", "b?c=d"),
        ("http://app.example.test/items?x=1", "/items", "x=1"),
        ("http://app.example.test", "/", ""),
        ("/redirect?to=http://a/b", "/redirect", "to=http://a/b"),
    ],
)
def test_a_target_splits_into_path_and_query_as_sent(target, path, query):
    request = Request(method="GET", target=target, headers=Headers())
    assert (request.path, request.query) == (path, query)


def test_a_request_gets_the_framing_of_this_hop():
    # The body came in chunks and is whole now: saying so again, or asking to continue, would break the next hop.
    headers = Headers(
        [("Host", "a"), ("Transfer-Encoding", "chunked"), ("Expect", "100-continue"), ("Connection", "close")]
    )
    request = Request(method="PUT", target="/k", headers=headers, body=b"abc")
    assert encode_request(request) == b"PUT /k HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"


def test_a_post_without_body_says_so_and_a_get_does_not():
    assert b"Content-Length: 0" in encode_request(Request(method="POST", target="/", headers=Headers()))
    assert b"Content-Length" not in encode_request(Request(method="GET", target="/", headers=Headers()))


@pytest.mark.parametrize("target", ["", "/a b", "/a\r\nHost: evil", "/\x00", "/café"])
def test_a_target_that_would_be_read_as_something_else_is_refused(target):
    with pytest.raises(HttpError):
        encode_request(Request(method="GET", target=target, headers=Headers()))


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: x", "a\nb", "a\rb", "a\0b", "Κως"])
def test_a_header_that_would_become_two_is_refused(value):
    with pytest.raises(HttpError):
        encode_response(Response(status=200, headers=Headers([("X", value)])), keep_alive=True)


def test_an_answer_says_its_length_and_whether_the_connection_stays():
    response = Response(status=200, headers=Headers([("Content-Length", "999"), ("X", "1")]), body=b"ok")
    assert encode_response(response, keep_alive=True) == b"HTTP/1.1 200 OK\r\nX: 1\r\nContent-Length: 2\r\n\r\nok"
    assert b"Connection: close\r\n" in encode_response(response, keep_alive=False)
    assert b"Connection: keep-alive\r\n" in encode_response_head(response, keep_alive=True, say_keep_alive=True)


def test_an_answer_to_head_has_the_length_get_would_give_and_no_body():
    told = Response(status=200, headers=Headers([("Content-Length", "999")]), head_only=True)
    assert encode_response(told, keep_alive=True) == b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
    measured = Response(status=200, headers=Headers(), body=b"abcd", head_only=True)
    assert encode_response(measured, keep_alive=True) == b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"


def test_204_has_neither_body_nor_length_and_304_no_body():
    assert encode_response(Response(status=204, headers=Headers(), body=b"x"), keep_alive=True) == (
        b"HTTP/1.1 204 No Content\r\n\r\n"
    )
    assert encode_response(Response(status=304, headers=Headers(), body=b"x"), keep_alive=True) == (
        b"HTTP/1.1 304 Not Modified\r\n\r\n"
    )


@given(pairs, st.binary(max_size=200), st.sampled_from(["GET", "POST", "PUT", "DELETE"]))
def test_what_is_written_is_read_back_the_same(given_pairs, body, method):
    request = Request(method=method, target="/a%20b?x=1", headers=Headers(given_pairs), body=body)
    [read] = RequestParser().feed(encode_request(request))
    assert (read.method, read.target, read.body) == (method, "/a%20b?x=1", body)
    assert list(read.headers.without("content-length")) == given_pairs


@given(pairs, st.binary(max_size=200), st.sampled_from([200, 201, 400, 404, 500, 503]))
def test_an_answer_written_is_read_back_the_same(given_pairs, body, status):
    [read] = ResponseParser().feed(
        encode_response(Response(status=status, headers=Headers(given_pairs), body=body), keep_alive=True)
    )
    assert (read.status, read.body) == (status, body)
    assert list(read.headers.without("content-length")) == given_pairs


@pytest.mark.parametrize("keep_alive", [True, False])
@pytest.mark.parametrize("status", [200, 400, 204, 599])
def test_headers_that_were_written_beforehand_say_the_same_as_their_pairs(status, keep_alive):
    # A door writes its few fields itself; nobody who reads them, and no client, may see a difference.
    written = Headers.as_written("Content-Type: text/plain\r\nX-Empty: \r\nX-One: a: b\r\n")
    pairs = Headers([("Content-Type", "text/plain"), ("X-Empty", ""), ("X-One", "a: b")])
    as_written, as_pairs = (Response(status=status, headers=one, body=b"hello") for one in (written, pairs))
    assert encode_response(as_written, keep_alive=keep_alive) == encode_response(as_pairs, keep_alive=keep_alive)
    assert written == pairs
    assert (written.get("x-one"), "X-EMPTY" in written, len(written)) == ("a: b", True, 3)
    assert list(written.with_("X-Two", "2")) == [*pairs, ("X-Two", "2")]
