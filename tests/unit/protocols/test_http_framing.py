"""Where HTTP/1.1 messages end (RFC 9112 sections 2, 6, 7), on any cut of the same bytes."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.protocols.http_framing import (
    ChunkedBody,
    CountedBody,
    FramingError,
    HeadSplitter,
    ResponseTracker,
    UntilClose,
    parse_fields,
    parse_response_head,
    request_body,
    response_body,
    split_lines,
    tokens_of,
)

CONTENTS = st.lists(st.binary(min_size=1, max_size=300), max_size=8)
CUTS = st.lists(st.integers(0, 4000), max_size=12)


def chunked(contents: list[bytes], extension: bytes = b"", trailers: bytes = b"") -> bytes:
    """The reference writer: sizes in mixed case, extensions, trailers."""
    chunks = [b"%X%s\r\n%s\r\n" % (len(content), extension, content) for content in contents]
    return b"".join(chunks) + b"0\r\n" + trailers + b"\r\n"


def cut(data: bytes, at: list[int]) -> list[bytes]:
    edges = sorted({min(edge, len(data)) for edge in at} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(edges)]


def follow(body, pieces):
    """Feed pieces; how many bytes belonged to the body, and its content."""
    taken, payload = 0, bytearray()
    for piece in pieces:
        taken += body.feed(piece, 0, payload)
        if body.ended:
            break
    return taken, bytes(payload)


@given(contents=CONTENTS, cuts=CUTS, behind=st.binary(max_size=30), trailer=st.booleans(), extension=st.booleans())
def test_a_chunked_body_ends_at_the_same_byte_however_it_is_cut(contents, cuts, behind, trailer, extension):
    # Proof: the reference writer knows where its message ends; each cut of message + next message must agree.
    message = chunked(contents, b";a=b" if extension else b"", b"X-Sum: 1\r\nX-More: 2\r\n" if trailer else b"")
    body = ChunkedBody()
    taken, payload = follow(body, cut(message + behind, cuts))
    assert body.ended
    assert taken == len(message)
    assert payload == b"".join(contents)


@given(contents=CONTENTS, size=st.integers(0, 5000))
def test_a_chunked_body_has_not_ended_before_its_last_byte(contents, size):
    message = chunked(contents)
    body = ChunkedBody()
    part = message[: min(size, len(message) - 1)]
    assert body.feed(part) == len(part)
    assert not body.ended


@given(length=st.integers(0, 2000), cuts=CUTS, behind=st.binary(max_size=30))
def test_a_counted_body_ends_at_its_length(length, cuts, behind):
    body = CountedBody(length)
    taken, payload = follow(body, cut(bytes(length) + behind, cuts)) if length else (0, b"")
    assert body.ended
    assert (taken, len(payload)) == (length, length)


@given(data=st.binary(max_size=400), cuts=CUTS)
def test_garbage_in_a_chunked_body_raises_framing_error_and_nothing_else(data, cuts):
    body = ChunkedBody()
    with suppress(FramingError):
        follow(body, cut(data, cuts))


@pytest.mark.parametrize(
    "message",
    [b"xyz\r\n", b"3\r\nabcd\r\n", b"3\nabc\r\n", b"-1\r\n", b"\r\n", b"1" * 16 + b"\r\n", b"5" + b";" * 9000],
)
def test_malformed_chunks_are_refused(message):
    with pytest.raises(FramingError):
        ChunkedBody().feed(message)


@given(cuts=CUTS, behind=st.binary(max_size=40))
def test_a_head_is_found_however_it_is_cut(cuts, behind):
    head = b"GET / HTTP/1.1\r\nHost: app.example.test\r\nA: \r\n\r\n"
    splitter, seen = HeadSplitter(), bytearray()
    ends = []
    for piece in cut(head + behind, cuts):
        seen += piece
        if (end := splitter.end(seen)) is not None:
            ends.append(end)
            break
    assert ends == [len(head)]


def test_a_head_that_is_too_long_is_refused_before_it_ends():
    with pytest.raises(FramingError, match="longer than 100 bytes"):
        HeadSplitter(100).end(b"a" * 101)


def test_fields_are_lower_case_names_with_trimmed_values():
    assert parse_fields([b"Host:  a \t", b"X-Empty:"]) == [(b"host", b"a"), (b"x-empty", b"")]
    assert tokens_of([(b"connection", b"Keep-Alive, X"), (b"connection", b"close")], b"connection") == [
        b"keep-alive",
        b"x",
        b"close",
    ]


@pytest.mark.parametrize("line", [b"Host : a", b" folded", b"no colon", b": empty", b"A: b\x00c", b"A: b\nc"])
def test_malformed_field_lines_are_refused(line):
    with pytest.raises(FramingError):
        parse_fields([line])


def test_a_request_without_length_has_no_body_and_two_framings_are_refused():
    assert request_body([]).ended
    assert request_body([(b"content-length", b"5"), (b"content-length", b"5")]).feed(b"1234567") == 5
    assert isinstance(request_body([(b"transfer-encoding", b"gzip, chunked")]), ChunkedBody)
    for fields in (
        [(b"content-length", b"5"), (b"content-length", b"6")],
        [(b"content-length", b"5"), (b"transfer-encoding", b"chunked")],
        [(b"transfer-encoding", b"gzip")],
        [(b"content-length", b"-5")],
        [(b"content-length", b"1e3")],
    ):
        with pytest.raises(FramingError):
            request_body(fields)


@pytest.mark.parametrize(
    ("method", "status", "fields", "kind"),
    [
        ("HEAD", 200, [(b"content-length", b"5")], CountedBody),
        ("GET", 204, [], CountedBody),
        ("GET", 304, [(b"content-length", b"5")], CountedBody),
        ("GET", 200, [], UntilClose),
        ("GET", 200, [(b"transfer-encoding", b"chunked")], ChunkedBody),
    ],
)
def test_the_end_of_an_answer_depends_on_method_and_status(method, status, fields, kind):
    body = response_body(method, status, fields)
    assert isinstance(body, kind)
    assert body.ended == (kind is CountedBody)


@pytest.mark.parametrize(
    ("head", "keeps"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\n\r\n", False),
        (b"HTTP/1.0 200\r\nConnection: keep-alive\r\n\r\n", True),
    ],
)
def test_an_answer_says_whether_its_connection_lives_on(head, keeps):
    assert parse_response_head(head).keeps_alive is keeps


@pytest.mark.parametrize("line", [b"HTTP/2 200", b"ICY 200 OK", b"HTTP/1.1 99 X", b"HTTP/1.1 200OK", b""])
def test_a_malformed_status_line_is_refused(line):
    with pytest.raises(FramingError):
        parse_response_head(line + b"\r\n\r\n")


@given(cuts=CUTS, contents=CONTENTS, interim=st.booleans(), behind=st.binary(max_size=30))
def test_an_answer_ends_at_the_same_byte_however_it_is_cut(cuts, contents, interim, behind):
    message = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(contents)
    if interim:
        message = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + message
    tracker = ResponseTracker("GET")
    taken, payload = follow(tracker, cut(message + behind, cuts))
    assert tracker.ended
    assert taken == len(message)
    assert tracker.head.status == 200
    assert payload == b"".join(contents)


def test_switching_protocols_is_a_tunnel_and_an_answer_without_length_ends_with_the_connection():
    tunnel = ResponseTracker("GET")
    message = b"HTTP/1.1 101 Switching Protocols\r\n\r\nabc"
    assert tunnel.feed(message) == len(message)
    assert tunnel.is_tunnel
    plain = ResponseTracker("GET")
    plain.feed(b"HTTP/1.1 200 OK\r\n\r\nabc")
    assert plain.ends_with_connection
    assert not plain.ended


def test_a_head_splits_into_start_line_and_field_lines():
    assert split_lines(b"GET / HTTP/1.1\r\nA: b\r\n\r\n") == (b"GET / HTTP/1.1", [b"A: b"])
    assert split_lines(b"GET / HTTP/1.1\r\n\r\n") == (b"GET / HTTP/1.1", [])
