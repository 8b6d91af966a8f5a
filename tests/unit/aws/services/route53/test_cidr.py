"""CIDR collections (fact sheet §1.2, §2.5)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.route53.cidr import CidrCollections, checked_block
from sandbox.kernel.errors import Refusal


def put(location: str, *blocks: str) -> dict[str, Any]:
    return {"LocationName": location, "Action": "PUT", "CidrList": list(blocks)}


def drop(location: str, *blocks: str) -> dict[str, Any]:
    return {"LocationName": location, "Action": "DELETE_IF_EXISTS", "CidrList": list(blocks)}


def nobody(collection_id: str, location: str | None) -> bool:
    return False


@pytest.fixture
def book() -> CidrCollections:
    book = CidrCollections()
    book.create("id-1", "offices", "ref")
    book.change("id-1", [put("paris", "100.64.1.0/24", "2001:db8::/32"), put("tokyo", "100.64.2.0/24")], None, nobody)
    return book


def test_a_collection_is_pushed_as_the_planet_reads_it(book: CidrCollections) -> None:
    assert book.get("id-1").pushed() == {
        "id": "id-1",
        "name": "offices",
        "version": 2,
        "locations": {"paris": ["100.64.1.0/24", "2001:db8::/32"], "tokyo": ["100.64.2.0/24"]},
    }


def test_the_same_request_makes_one_collection_and_another_is_refused(book: CidrCollections) -> None:
    assert book.create("id-2", "offices", "ref").id == "id-1"
    with pytest.raises(Refusal) as refused:
        book.create("id-2", "offices", "other")
    assert refused.value.code == "CidrCollectionAlreadyExistsException"


def test_a_change_by_an_old_version_does_nothing(book: CidrCollections) -> None:
    with pytest.raises(Refusal) as refused:
        book.change("id-1", [put("rome", "192.0.2.0/24")], 1, nobody)
    assert (refused.value.code, refused.value.status) == ("CidrCollectionVersionMismatchException", 409)
    assert book.change("id-1", [put("rome", "192.0.2.0/24")], 2, nobody).version == 3


def test_a_wrong_change_undoes_the_others(book: CidrCollections) -> None:
    with pytest.raises(Refusal, match="already in use in the location paris"):
        book.change("id-1", [put("rome", "192.0.2.0/24"), put("tokyo", "100.64.1.0/24")], None, nobody)
    assert set(book.get("id-1").locations) == {"paris", "tokyo"}


def test_a_location_ends_with_its_last_block_unless_a_record_names_it(book: CidrCollections) -> None:
    with pytest.raises(Refusal) as refused:
        book.change("id-1", [drop("tokyo", "100.64.2.0/24")], None, lambda _, location: location == "tokyo")
    assert refused.value.code == "CidrBlockInUseException"
    after = book.change("id-1", [drop("tokyo", "100.64.2.0/24", "100.64.9.0/24")], None, nobody)
    assert set(after.locations) == {"paris"}


def test_only_an_empty_collection_that_no_record_names_is_deleted(book: CidrCollections) -> None:
    with pytest.raises(Refusal, match="must be empty"):
        book.delete("id-1", nobody)
    book.change("id-1", [drop("paris", "100.64.1.0/24", "2001:db8::/32"), drop("tokyo", "100.64.2.0/24")], 2, nobody)
    with pytest.raises(Refusal, match="in use by a resource record set"):
        book.delete("id-1", lambda *_: True)
    book.delete("id-1", nobody)
    with pytest.raises(Refusal) as refused:
        book.get("id-1")
    assert (refused.value.code, refused.value.status) == ("NoSuchCidrCollectionException", 404)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("192.0.2.0/24", ""),
        ("2001:DB8:0::/48", ""),
        ("192.0.2.0/25", "must be 1 to 24"),
        ("2001:db8::/49", "must be 1 to 48"),
        ("0.0.0.0/0", "must be 1 to 24"),
        ("192.0.2.1/24", "has host bits set"),
        ("paris", "Invalid CIDR block paris"),
    ],
)
def test_blocks_have_aws_lengths(block: str, words: str) -> None:
    if not words:
        assert checked_block(block) == block.lower().replace(":0::", "::")
    else:
        with pytest.raises(Refusal, match=words):
            checked_block(block)


def test_names_actions_and_quotas_are_checked(book: CidrCollections) -> None:
    for number in range(2, 6):
        book.create(f"id-{number}", f"c{number}", "r")
    with pytest.raises(Refusal) as refused:
        book.create("id-6", "c6", "r")
    assert refused.value.code == "LimitsExceeded"
    many = [f"10.{number // 256}.{number % 256}.0/24" for number in range(998)]
    for changes, words in (
        ([put("a b", "10.0.0.0/24")], "Invalid CIDR location name"),
        ([{**put("x", "10.0.0.0/24"), "Action": "ADD"}], "not one of"),
        ([put("x", *many)], "may have 1000 blocks"),
        ([put("x", *many, *many)], "may name 1000"),
    ):
        with pytest.raises(Refusal, match=words):
            book.change("id-1", changes, None, nobody)


def test_blocks_are_listed_by_location(book: CidrCollections) -> None:
    assert [one["LocationName"] for one in book.get("id-1").blocks(None)] == ["paris", "paris", "tokyo"]
    with pytest.raises(Refusal) as refused:
        book.get("id-1").blocks("rome")
    assert refused.value.code == "NoSuchCidrLocationException"
