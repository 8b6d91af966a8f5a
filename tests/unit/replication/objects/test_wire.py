"""Messages between regions come back as what they were, and nothing else is taken for one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.errors import Refusal
from sandbox.replication.objects import wire
from sandbox.replication.objects.values import BucketFacts, Head, Settings

HEAD = Head(size=3, etag="abc-2", modified_s=1.5, headers=(("x-amz-meta-ü", "\n"),), part_bytes=5, is_kms=True, tags=1)


@given(data=st.binary(max_size=50), key=st.text(max_size=20), offset=st.integers(0, 2**40))
def test_a_piece_comes_back_as_it_was(data: bytes, key: str, offset: int) -> None:
    settings = Settings(tags=(("a", "ü"),), acl=b"<x/>\n")
    piece = wire.Piece(
        source="s", origin="us-east-1", destination="d", key=key, version_id="v", kind="object", size=3, head=HEAD,
        settings=settings,
    ).at(offset, data, "digest")  # fmt: skip
    assert wire.decode_piece(wire.encode_piece(piece)) == piece


@pytest.mark.parametrize("settings", [Settings(), Settings(tags=()), Settings(retention=b"r", legal_hold=b"")])
def test_settings_that_are_not_set_stay_so(settings: Settings) -> None:
    assert wire.settings_from(wire.settings_fields(settings)) == settings


def test_answers_and_questions_come_back() -> None:
    answer = wire.Answer(result="have", bytes=7)
    assert wire.decode_answer(wire.encode_answer(answer)) == answer
    facts = BucketFacts(account="1", region="eu-west-1", versioning="Enabled")
    assert wire.decode_facts(wire.encode_facts(facts)) == facts
    assert wire.decode_facts(wire.encode_facts(None)) is None
    assert wire.decode_question(wire.encode_question("b")) == "b"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]\n", b'{"source": 1}\n', b"\xff\n"])
@pytest.mark.parametrize("read", [wire.decode_piece, wire.decode_answer, wire.decode_question, wire.decode_facts])
def test_what_is_no_message_is_refused(read: Any, body: bytes) -> None:
    if body == b"{}" and read is wire.decode_facts:
        body = b"[1]"
    with pytest.raises(Refusal, match="Not a message of S3 replication"):
        read(body)
