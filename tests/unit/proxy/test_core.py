"""What a request head asks for, how it reads upstream, how answers are written."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.proxy.core import (
    connect_answer,
    failure_answer,
    is_outside,
    judge_lookup,
    literal_address,
    own_page,
    proxy_user,
    read_request,
    report_fields,
    split_authority,
)
from sandbox.proxy.values import Failure, Forward, OwnPage, Report, Tunnel, Why


def head(*lines: str) -> bytes:
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def basic(user: str, password: str = "x") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def refused(raw: bytes) -> Failure:
    with pytest.raises(Failure) as failure:
        read_request(raw)
    return failure.value


def test_an_absolute_request_becomes_origin_form_and_nothing_a_server_signed_changes():
    raw = head(
        "PUT http://app.example.test:8080/items?a=1 HTTP/1.1",
        "host: app.example.test:8080",
        "Proxy-Authorization: " + basic("paris"),
        "Authorization: AWS4-HMAC-SHA256 Credential=..., SignedHeaders=host;x-amz-date, Signature=...",
        "Proxy-Connection: Keep-Alive",
        "X-Amz-Date:  20260101T000000Z",
        "Connection: keep-alive",
        "Expect: 100-continue",
        "Content-Length: 3",
    )
    wish, body = read_request(raw)
    assert isinstance(wish, Forward)
    assert (wish.user, wish.method, wish.host, wish.port) == ("paris", "PUT", "app.example.test", 8080)
    assert wish.head == head(
        "PUT /items?a=1 HTTP/1.1",
        "host: app.example.test:8080",
        "Authorization: AWS4-HMAC-SHA256 Credential=..., SignedHeaders=host;x-amz-date, Signature=...",
        "X-Amz-Date:  20260101T000000Z",
        "Connection: keep-alive",
        "Expect: 100-continue",
        "Content-Length: 3",
    )
    assert body.feed(b"abcdef") == 3


@pytest.mark.parametrize(
    ("line", "origin"),
    [
        ("GET http://app.example.test HTTP/1.1", "GET / HTTP/1.1"),
        ("GET http://app.example.test?a=1 HTTP/1.1", "GET /?a=1 HTTP/1.1"),
        ("GET HTTP://u:p@app.example.test/%7Ea#part HTTP/1.0", "GET /%7Ea HTTP/1.0"),
        ("OPTIONS http://app.example.test HTTP/1.1", "OPTIONS * HTTP/1.1"),
    ],
)
def test_the_target_keeps_its_path_and_a_missing_host_is_added(line, origin):
    wish, _ = read_request(head(line))
    assert isinstance(wish, Forward)
    assert wish.head == head(origin, "Host: app.example.test")


def test_connect_names_host_and_port():
    wish, body = read_request(head("CONNECT App.Example.Test.:443 HTTP/1.1", "Proxy-Authorization: " + basic("tokyo")))
    assert wish == Tunnel(user="tokyo", host="app.example.test", port=443)
    assert body.ended


@given(place=st.from_regex(r"[a-z0-9-]{1,30}", fullmatch=True), password=st.text(max_size=20))
def test_the_proxy_user_is_the_place_whatever_the_password(place, password):
    assert proxy_user([(b"proxy-authorization", basic(place, password).encode())]) == place


def test_without_proxy_authorization_there_is_no_user():
    assert proxy_user([(b"authorization", b"Basic cGFyaXM6eA==")]) == ""


@pytest.mark.parametrize("content", ["Bearer abc", "Basic !!!", "Basic", "Basic /w==", "Digest username=paris"])
def test_other_credentials_are_a_407_that_says_how(content):
    failure = refused(head("GET http://app.example.test/ HTTP/1.1", f"Proxy-Authorization: {content}"))
    assert failure.cause is Why.UNKNOWN_PLACE
    assert "http://paris:x@localhost:3128" in failure.message


@pytest.mark.parametrize(
    "raw",
    [
        head("GET"),
        head("GET http://app.example.test/"),
        head("GET  http://app.example.test/ HTTP/1.1"),
        head("GET http://app.example.test/ HTTP/2.0"),
        head("G@T http://app.example.test/ HTTP/1.1"),
        head("GET app.example.test/ HTTP/1.1"),
        head("GET ftp://app.example.test/ HTTP/1.1"),
        head("GET https://app.example.test/ HTTP/1.1"),
        head("GET http:///path HTTP/1.1"),
        head("GET http://app.example.test:99999/ HTTP/1.1"),
        head("GET http://app.example.test:0/ HTTP/1.1"),
        head("GET http://b\xfccher.example.test/ HTTP/1.1"),
        head("GET http://app.example.test/ HTTP/1.1", "Folded: a", " b"),
        head("GET http://app.example.test/ HTTP/1.1", "Content-Length: 1", "Transfer-Encoding: chunked"),
        head("GET http://app.example.test/ HTTP/1.1", "Content-Length: x"),
        head("CONNECT app.example.test HTTP/1.1"),
        head("CONNECT app.example.test:https HTTP/1.1"),
        head("CONNECT [::1 HTTP/1.1"),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
def test_a_malformed_request_is_a_400_in_one_line(raw):
    failure = refused(raw)
    assert failure.cause is Why.MALFORMED
    assert failure.message.startswith("Malformed request: ")
    assert "\n" not in failure.message


@given(lines=st.lists(st.text(max_size=60).map(lambda text: text.encode()), max_size=6))
def test_garbage_raises_failure_and_nothing_else(lines):
    with suppress(Failure):
        read_request(b"\r\n".join(lines) + b"\r\n\r\n")


@given(text=st.text(max_size=40))
def test_an_authority_is_a_host_and_a_port_or_a_failure(text):
    with suppress(Failure):
        host, port = split_authority(text, default_port=80)
        assert host == host.lower() != ""
        assert 0 < port < 65536


def test_ipv6_keeps_its_brackets_and_only_ipv4_is_an_address():
    assert split_authority("[::1]:80", default_port=None) == ("[::1]", 80)
    assert literal_address("198.18.1.10") == "198.18.1.10"
    assert literal_address("app.example.test") is None
    assert literal_address("[::1]") is None


@pytest.mark.parametrize(
    ("rcode", "cause", "says"),
    [
        ("REFUSED", Why.OUTSIDE, "--allow-internet"),
        ("NXDOMAIN", Why.NOT_FOUND, "NXDOMAIN"),
        ("NOERROR", Why.NOT_FOUND, "no A record"),
        ("SERVFAIL", Why.NOT_FOUND, "SERVFAIL"),
    ],
)
def test_a_lookup_without_addresses_says_whether_the_name_is_outside_or_missing(rcode, cause, says):
    failure = judge_lookup("app.example.test", rcode, Report(place="paris"))
    assert failure.cause is cause
    assert "app.example.test" in failure.message
    assert says in failure.message
    assert is_outside(rcode) == (cause is Why.OUTSIDE)


def test_connect_is_answered_with_what_was_measured():
    report = Report(
        place="paris", host="app.example.test", port=443, address="198.18.1.10", owner="eu-west-1",
        lookup_ms=12.25, lookup_cached=True, connect_ms=17.5, why="latency — é",
    )  # fmt: skip
    assert connect_answer(report) == head(
        "HTTP/1.1 200 Connection established",
        "Sandbox-Place: paris",
        "Sandbox-Address: 198.18.1.10",
        "Sandbox-Owner: eu-west-1",
        "Sandbox-Lookup-Ms: 12.250",
        "Sandbox-Lookup-Cached: 1",
        "Sandbox-Connect-Ms: 17.500",
        "Sandbox-Why: latency ? ?",
    )


def test_a_failure_carries_what_is_known_so_far_and_its_word():
    failure = Failure(Why.TIMEOUT, "Nobody answered.", Report(place="paris", address="198.18.1.10"))
    answer = failure_answer(failure)
    assert answer.startswith(
        b"HTTP/1.1 504 Gateway Timeout\r\nSandbox-Place: paris\r\nSandbox-Address: 198.18.1.10\r\n"
    )
    assert b"\r\nSandbox-Error: timeout\r\n" in answer
    assert answer.endswith(b"Connection: close\r\n\r\nNobody answered.\n")
    assert failure_answer(failure, with_body=False).endswith(b"Content-Length: 17\r\nConnection: close\r\n\r\n")
    assert b"Lookup" not in answer
    assert report_fields(Report()) == []


def test_only_an_unknown_place_asks_for_credentials():
    for cause in Why:
        answer = failure_answer(Failure(cause, "No."))
        assert answer.startswith(f"HTTP/1.1 {cause.status} ".encode())
        assert (b"Proxy-Authenticate: Basic realm=" in answer) == (cause is Why.UNKNOWN_PLACE)


def page(line: str, *fields: str) -> str:
    wish, _ = read_request(head(line, *fields))
    assert isinstance(wish, OwnPage)
    return own_page(wish, authority="127.0.0.1:3128", place="tokyo", places=["tokyo", "paris"]).decode()


def test_the_pac_file_sends_everything_to_the_port_the_browser_used():
    text = page("GET /proxy.pac?v=1 HTTP/1.1", "Host: localhost:3129")
    assert "Content-Type: application/x-ns-proxy-autoconfig\r\n" in text
    assert text.endswith('function FindProxyForURL(url, host) {\n  return "PROXY localhost:3129";\n}\n')
    assert '"PROXY 127.0.0.1:3128"' in page("GET /proxy.pac HTTP/1.0")
    assert '"PROXY 127.0.0.1:3128"' in page("GET /proxy.pac HTTP/1.1", 'Host: "; evil()')


def test_the_root_explains_itself_in_one_line_and_other_paths_are_not_here():
    text = page("GET / HTTP/1.1")
    body = text.partition("\r\n\r\n")[2]
    assert body.count("\n") == 1
    assert "without a user you stand in tokyo" in body
    assert page("HEAD / HTTP/1.1").endswith("\r\n\r\n")
    assert page("GET /other HTTP/1.1").startswith("HTTP/1.1 404 ")
    assert page("POST / HTTP/1.1").startswith("HTTP/1.1 404 ")
    assert page("OPTIONS * HTTP/1.1").startswith("HTTP/1.1 404 ")
