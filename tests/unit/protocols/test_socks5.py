"""SOCKS5 bytes and values (RFC 1928, RFC 1929)."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.protocols import socks5
from sandbox.protocols.socks5 import (
    Reply,
    SocksError,
    credentials_reply,
    method_reply,
    parse_credentials,
    parse_greeting,
    parse_request,
    reply,
)

PARSERS = (parse_greeting, parse_credentials, parse_request)
NAMES = st.from_regex(r"[a-z0-9.-]{1,255}", fullmatch=True)


def credentials(user: bytes, password: bytes) -> bytes:
    return bytes((1, len(user))) + user + bytes((len(password),)) + password


def connect_to_name(name: str, port: int) -> bytes:
    return b"\x05\x01\x00\x03" + bytes((len(name),)) + name.encode() + port.to_bytes(2, "big")


@pytest.mark.parametrize("parse", PARSERS)
@given(data=st.binary(max_size=600))
def test_garbage_gives_a_value_a_wait_or_a_socks_error_and_nothing_else(parse, data):
    with suppress(SocksError):
        value = parse(data)
        assert value is None or 0 < value.size_bytes <= len(data)


@given(name=NAMES, port=st.integers(0, 65535), behind=st.binary(max_size=20))
def test_a_request_is_read_as_soon_as_it_is_whole_and_not_before(name, port, behind):
    whole = connect_to_name(name, port)
    assert all(parse_request(whole[:size]) is None for size in range(len(whole)))
    request = parse_request(whole + behind)
    assert (request.host, request.port, request.size_bytes) == (name, port, len(whole))


@given(user=st.text(max_size=60), password=st.text(max_size=60), behind=st.binary(max_size=20))
def test_credentials_are_read_as_soon_as_they_are_whole_and_not_before(user, password, behind):
    whole = credentials(user.encode(), password.encode())
    assert all(parse_credentials(whole[:size]) is None for size in range(len(whole)))
    read = parse_credentials(whole + behind)
    assert (read.user, read.password, read.size_bytes) == (user, password, len(whole))


@given(methods=st.binary(max_size=255))
def test_user_and_password_is_preferred_then_no_authentication(methods):
    whole = bytes((5, len(methods))) + methods
    assert all(parse_greeting(whole[:size]) is None for size in range(len(whole)))
    greeting = parse_greeting(whole)
    expected = 2 if 2 in methods else 0 if 0 in methods else socks5.NO_METHOD
    assert greeting.chosen == expected


def test_an_ipv4_request_names_the_address_in_dots():
    request = parse_request(b"\x05\x01\x00\x01" + bytes((198, 18, 1, 10)) + b"\x01\xbb")
    assert (request.host, request.port) == ("198.18.1.10", 443)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x05\x02\x00\x01", Reply.COMMAND_NOT_SUPPORTED),  # BIND
        (b"\x05\x03\x00\x01", Reply.COMMAND_NOT_SUPPORTED),  # UDP ASSOCIATE
        (b"\x05\x01\x00\x04" + bytes(18), Reply.ADDRESS_TYPE_NOT_SUPPORTED),  # IPv6
        (b"\x05\x01\x00\x09" + bytes(18), Reply.ADDRESS_TYPE_NOT_SUPPORTED),
        (b"\x04\x01\x00\x50" + bytes(4), Reply.GENERAL_FAILURE),  # SOCKS4
        (b"\x05\x01\x00\x03\x03a\nb\x00\x50", Reply.GENERAL_FAILURE),
        (b"\x05\x01\x00\x03\x00\x00\x50", Reply.GENERAL_FAILURE),
    ],
)
def test_what_is_not_served_is_refused_with_its_own_reply_code(data, code):
    with pytest.raises(SocksError) as refusal:
        parse_request(data)
    assert refusal.value.answer == reply(code)


def test_replies_are_the_bytes_of_the_standards():
    assert method_reply(2) == b"\x05\x02"
    assert credentials_reply(accepted=True) == b"\x01\x00"
    assert credentials_reply(accepted=False) == b"\x01\x01"
    assert reply(Reply.SUCCEEDED, "198.18.1.10", 80) == b"\x05\x00\x00\x01\xc6\x12\x01\x0a\x00\x50"
    assert reply(Reply.REFUSED) == b"\x05\x05\x00\x01" + bytes(6)
    assert reply(Reply.SUCCEEDED, "::1", 80) == b"\x05\x00\x00\x01" + bytes(4) + b"\x00\x50"
