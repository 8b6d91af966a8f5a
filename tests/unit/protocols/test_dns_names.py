"""Names: text <-> bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.protocols.dns_names import Compression, canonical_name, first_label, label_text, labels_text, name_wire

labels = st.lists(st.binary(min_size=1, max_size=20), max_size=8)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("Example.TEST", "example.test."),
        ("example.test.", "example.test."),
        ("\\052.example.test.", "*.example.test."),  # R53 4.5: the API prints * as an octal escape
        ("a\\040b.test", "a\\040b.test."),
        ("a b.test", "a\\040b.test."),
        ("a\\.b.test", "a\\056b.test."),
        ("", "."),
        (".", "."),
    ],
)
def test_what_people_and_the_api_write_becomes_one_text(written: str, canonical: str) -> None:
    assert canonical_name(written) == canonical


@pytest.mark.parametrize("written", ["a..b", ".a", "x" * 64, ".".join(["x" * 63] * 4), "\ud800.test"])
def test_what_cannot_be_a_name_is_a_value_error(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the error's class is the claim
        name_wire(written)
    with pytest.raises(ValueError):  # noqa: PT011
        canonical_name(written)


@given(labels)
def test_any_bytes_of_a_packet_survive_as_text(parts: list[bytes]) -> None:
    """Lower case is all that is lost, and no byte of a label is taken for the dot between two."""
    text = labels_text(parts)
    assert canonical_name(text) == text
    assert name_wire(text) == b"".join(bytes((len(part),)) + part.lower() for part in parts) + b"\0"


def test_labels_are_cut_at_dots_that_are_not_theirs() -> None:
    assert first_label(f"{label_text(b'a.b')}.test.") == ("a\\056b", "test.")
    assert first_label("test.") == ("test", ".")


def test_a_known_ending_becomes_a_pointer() -> None:
    names = Compression("app.example.test.", 12)
    assert names.written("app.example.test.", 40) == b"\xc0\x0c"
    assert names.written("ns.example.test.", 40) == b"\x02ns\xc0\x10"
    assert names.written("ns.example.test.", 60) == b"\xc0\x28"
    assert names.written(".", 80) == b"\0"


def test_what_lies_too_far_for_a_pointer_is_spelled_out() -> None:
    names = Compression("test.", 12)
    assert names.written("far.", 0x4000) == names.written("far.", 0x5000) == b"\x03far\0"
