"""Claims about the journal of versions."""

from __future__ import annotations

from sandbox.replication.values import Version
from sandbox.replication.versions import Versions

BASE = Version(stamp_us=1, region="eu-west-1", vector={"eu-west-1": 1})
NEXT = Version(stamp_us=2, region="eu-west-1", vector={"eu-west-1": 2})


def test_what_was_there_before_has_the_base_version_and_what_was_not_has_none() -> None:
    versions = Versions(BASE)
    assert versions.of(b"a", {}) == BASE
    assert versions.of(b"a", None) is None
    assert Versions(None).of(b"a", {}) is None


def test_a_delete_leaves_a_tombstone_until_the_key_is_written_again() -> None:
    versions = Versions(BASE)
    versions.put(b"a", NEXT, None)
    assert versions.of(b"a", None) == NEXT
    assert list(versions.tombstones) == [b"a"]
    versions.put(b"a", NEXT, {"id": {"S": "a"}})
    assert not versions.tombstones
