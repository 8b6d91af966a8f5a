"""Claims about who may ask the console's server what: one line of headers each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.console.guard import Asked, Guard, hostname_of

TOKEN = "a-token-of-enough-letters"
LOCAL = Guard()
OPEN = Guard(host="0.0.0.0", token=TOKEN)


def verdict(guard, method="GET", query="", **headers):
    """The status it is refused with, or None."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    refusal = guard.refusal(Asked(method=method, headers=named, query=query))
    return None if refusal is None else refusal.status


@pytest.mark.parametrize("host", ["localhost:4500", "127.0.0.1", "LOCALHOST:1", "[::1]:4500"])
def test_own_names_are_served(host):
    assert verdict(LOCAL, host=host) is None


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example:4500", "127.0.0.1.nip.io", "", "[", "10.0.0.1"]
)
def test_a_rebound_name_is_refused(host):
    """The page of evil.example, whose name now points here, has a fitting Origin; its Host betrays it."""
    assert verdict(LOCAL, host=host, origin=f"http://{host}") == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:9999", "http://["])
def test_another_page_is_refused(origin):
    assert verdict(LOCAL, host="localhost:4500", origin=origin) == 403


def test_an_image_on_another_page_is_refused_but_a_link_is_followed():
    site = {"host": "localhost:4500", "sec_fetch_site": "cross-site"}
    assert verdict(LOCAL, **site, sec_fetch_mode="no-cors") == 403
    assert verdict(LOCAL, **site, sec_fetch_mode="navigate") is None


def test_a_form_cannot_change_anything():
    kinds = {"application/x-www-form-urlencoded": 415, "text/plain": 415, "application/json; charset=utf-8": None}
    for kind, status in kinds.items():
        assert verdict(LOCAL, "POST", host="localhost", content_type=kind) == status
    assert verdict(LOCAL, "POST", host="localhost") == 415
    assert verdict(LOCAL, "POST", host="localhost", origin="http://localhost", content_type="application/json") is None


def test_beyond_this_machine_every_request_shows_the_token():
    assert verdict(OPEN, host="localhost") == 401
    assert verdict(OPEN, host="box.lan", authorization="Bearer wrong") == 401
    assert verdict(OPEN, host="box.lan", authorization=f"Bearer {TOKEN}") is None
    assert verdict(OPEN, host="box.lan", query=f"token={TOKEN}") is None
    assert verdict(OPEN, host="box.lan", cookie=f"other=1; sandbox_token={TOKEN}") is None


def test_the_token_does_not_excuse_a_foreign_page():
    assert verdict(OPEN, host="box.lan", origin="http://evil.example", cookie=f"sandbox_token={TOKEN}") == 403


@given(st.dictionaries(st.sampled_from(["host", "origin", "cookie", "authorization"]), st.text(max_size=30)), st.text())
def test_no_header_makes_it_fail(headers, query):
    """Anything gets a verdict, and without one of our names in Host it is never served."""
    refusal = LOCAL.refusal(Asked(method="GET", headers=headers, query=query))
    if hostname_of(f"//{headers.get('host', '')}") not in ("localhost", "127.0.0.1", "::1"):
        assert refusal is not None
