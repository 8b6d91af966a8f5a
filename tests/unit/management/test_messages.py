"""Claims about messages: whatever comes, it is a message or a Refusal, and refusals survive the journey."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal
from sandbox.management.messages import KINDS, decode, encode, kind_of, refusal_fields, refusal_from

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
WORDS = sorted({"arguments", "result", "refusal", "topic", *(name for fields in KINDS.values() for name in fields)})


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_a_message_survives_the_journey_as_one_line(message: dict[str, Any]) -> None:
    line = encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line) == message


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_a_refusal(line: bytes) -> None:
    with suppress(Refusal):
        assert isinstance(decode(line), dict)


@given(st.dictionaries(st.sampled_from(WORDS), JSON, max_size=5))
def test_what_has_a_kind_has_all_that_its_kind_needs(message: dict[str, Any]) -> None:
    """The hub keeps topics and events: one of a wrong type would break whoever reads them later."""
    try:
        kind = kind_of(message)
    except Refusal:
        return
    assert all(isinstance(message[name], needed) for name, needed in KINDS[kind].items())


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"hello": {"program": "planet"}},
        {"publish": "zone/Z1"},
        {"publish": 1, "value": {}},
        {"subscribe": None},
        {"event": {}},
        {"event": {"event": 1}},
        {"follow": True, "kinds": "shipped"},
        {"follow": True, "kinds": [1]},
        {"call": 1, "to": "planet"},
        {"call": 1, "to": "planet", "method": "dig", "arguments": [1]},
    ],
)
def test_a_message_without_what_it_needs_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        kind_of(message)


@given(st.text(), st.text(), st.integers(100, 599), st.booleans())
def test_a_refusal_survives_the_journey(code: str, words: str, status: int, definite: bool) -> None:
    sent = Refusal(code, words, status=status, definite=definite)
    came = refusal_from(decode(encode({"refusal": refusal_fields(sent)}))["refusal"])
    assert (came.code, came.message, came.status, came.definite) == (code, words, status, definite)
