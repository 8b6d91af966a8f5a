"""Requests as moto must see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.wsgi import SPELLED_NAMES_KEY, environ_of, run
from sandbox.protocols.http1 import Headers, Request


def put(target: str, *headers: tuple[str, str]) -> dict[str, Any]:
    return environ_of(Request(method="PUT", target=target, headers=Headers(headers), body=b"body"))


@given(st.text(min_size=1, max_size=40).filter(lambda key: "\x00" not in key))
def test_a_path_arrives_both_decoded_and_as_it_was_sent(key: str) -> None:
    raw = "/bucket/" + quote(key, safe="~")
    environ = put(f"{raw}?x=1")
    assert environ["RAW_URI"] == f"{raw}?x=1"
    assert environ["PATH_INFO"].encode("latin-1").decode() == f"/bucket/{key}"
    assert environ["QUERY_STRING"] == "x=1"


def test_metadata_names_keep_their_underscores() -> None:
    environ = put("/", ("x-amz-meta-a_b", "1"), ("x-amz-meta-c-d", "2"))
    assert environ["HTTP_X_AMZ_META_A_B"] == "1"
    assert environ[SPELLED_NAMES_KEY] == {"HTTP_X_AMZ_META_A_B": "x-amz-meta-a_b"}


def test_an_underscore_never_stands_in_for_a_dash() -> None:
    environ = put("/", ("X_Amz_Target", "evil"), ("X-Amz-Target", "good"))
    assert environ["HTTP_X_AMZ_TARGET"] == "good"


def test_headers_of_the_connection_end_here_and_duplicates_are_joined() -> None:
    environ = put("/", ("Transfer-Encoding", "chunked"), ("Expect", "100-continue"), ("Accept", "a"), ("Accept", "b"))
    assert environ["HTTP_ACCEPT"] == "a,b"
    assert "HTTP_TRANSFER_ENCODING" not in environ
    assert "HTTP_EXPECT" not in environ
    assert environ["CONTENT_LENGTH"] == "4"


def test_an_answer_is_collected_whole_and_closed() -> None:
    closed = []

    class Chunks:
        def __iter__(self) -> Any:
            return iter([b"a", b"b"])

        def close(self) -> None:
            closed.append(True)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("404 NOT FOUND", [("X-A", "1"), ("Connection", "close")])
        return Chunks()

    response = run(application, environ_of(Request(method="HEAD", target="/", headers=Headers())))
    assert (response.status, response.body, response.head_only) == (404, b"ab", True)
    assert list(response.headers) == [("X-A", "1")]
    assert closed == [True]
