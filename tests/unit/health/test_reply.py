"""What a checker reads of an answer (R53 2.1 SearchString, 2.2)."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.health.reply import BODY_LIMIT_BYTES, Reply, unpacked


def read(message: bytes, pieces=1, *, end=False) -> Reply:
    reply = Reply()
    step = max(1, len(message) // pieces)
    for start in range(0, len(message), step):
        reply.feed(message[start : start + step])
    if end:
        reply.end()
    return reply


def answer(body: bytes, *fields: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@given(body=st.binary(max_size=8000), pieces=st.integers(1, 50), coding=st.sampled_from(["gzip", "deflate", ""]))
def test_the_first_5120_bytes_come_out_whatever_the_packing_and_the_cuts(body, pieces, coding):
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "": bytes}[coding](body)
    reply = read(answer(packed, *([f"Content-Encoding: {coding}"] if coding else [])), pieces)
    assert reply.status == (200, "OK")
    assert reply.body_is_complete
    assert reply.body == body[:BODY_LIMIT_BYTES]


def test_a_chunked_body_is_put_together():
    reply = read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nall\r\n5\r\n good\r\n0\r\n\r\n", 20)
    assert reply.body == b"all good"
    assert reply.body_is_complete


def test_a_body_without_length_is_complete_when_the_connection_ends():
    message = b"HTTP/1.1 200 OK\r\n\r\nall good"
    assert not read(message).body_is_complete
    assert read(message, end=True).body_is_complete


def test_raw_deflate_is_unpacked_too_and_broken_packing_is_empty():
    squeezer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    assert unpacked(squeezer.compress(b"all good") + squeezer.flush(), "deflate") == b"all good"
    assert unpacked(b"not gzip at all", "gzip") == b""


def test_other_codings_fail():
    # R53 2.1: "gzip and deflate bodies are unpacked, others fail".
    assert "content coding br" in read(answer(b"x", "Content-Encoding: br")).problem


def test_a_head_over_16384_bytes_is_a_problem():
    # R53 2.2: response headers total at most 16384 bytes.
    assert "longer than 16384" in read(answer(b"", "X: " + "a" * 16384)).problem
    assert not read(answer(b"", "X: " + "a" * 16000)).problem


@pytest.mark.parametrize("message", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n"])
def test_what_is_not_http_is_a_problem(message):
    assert read(message).problem


def test_an_end_before_the_head_is_a_problem():
    assert read(b"HTTP/1.1 200", end=True).problem == "the connection closed before a whole response head"


@given(data=st.binary(max_size=300))
def test_garbage_never_raises(data):
    reply = read(data, 5, end=True)
    assert reply.problem or reply.status
