"""Claims about batches as they travel."""

from __future__ import annotations

import orjson
import pytest

from sandbox.kernel.errors import Refusal
from sandbox.replication.values import Replicated, Version
from sandbox.replication.wire import decode, decode_batch, encode_batch, encode_entry

VERSION = Version(stamp_us=7, region="eu-west-1", vector={"eu-west-1": 7, "us-east-1": 3})


@pytest.mark.parametrize("item", [{"id": {"S": 'é "7"'}, "n": {"N": "1"}}, None])
def test_an_entry_arrives_as_it_was_sent(item: dict[str, object] | None) -> None:
    key = orjson.dumps({"id": {"S": 'é "7"'}})
    held = Replicated(item=item, version=VERSION)
    arrived = decode_batch(encode_batch('g"1', "eu-west-1", 1, [encode_entry(key, held)] * 2))
    assert (arrived.group_id, arrived.origin) == ('g"1', "eu-west-1")
    assert arrived.entries == [(orjson.loads(key), key, held)] * 2


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'{"group":"g","from":"x","entries":[[1]]}', b'{"group":'])
def test_what_is_no_batch_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal):
        decode_batch(body)


@pytest.mark.parametrize("body", [b"", b"[]", b"3"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal):
        decode(body)
