"""One namespace for buckets: who may have a name, and what an engine tells that the book does not know."""

from __future__ import annotations

import pytest

from sandbox.aws.buckets import Bucket, BucketBook, bucket_from
from sandbox.kernel.errors import Refusal

ME, YOU = "000000000000", "111122223333"


def bucket(name: str, region: str = "us-east-1", account: str = ME) -> Bucket:
    return Bucket(name=name, account=account, region=region, created_at_s=1.5)


BOOK = [bucket("here"), bucket("there", "eu-west-1"), bucket("yours", account=YOU)]


@pytest.mark.parametrize(
    ("name", "account", "region", "code"),
    [
        ("here", ME, "eu-west-1", "BucketAlreadyOwnedByYou"),
        ("there", ME, "us-east-1", "BucketAlreadyOwnedByYou"),
        ("there", ME, "eu-west-1", "BucketAlreadyOwnedByYou"),
        ("here", YOU, "us-east-1", "BucketAlreadyExists"),
        ("yours", ME, "eu-west-1", "BucketAlreadyExists"),
    ],
)
def test_a_name_is_had_once(name: str, account: str, region: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        BucketBook(BOOK).check_free(name, account, region)
    assert (refused.value.code, refused.value.status) == (code, 409)


def test_us_east_1_gives_its_own_again() -> None:
    book = BucketBook(BOOK)
    assert book.check_free("here", ME, "us-east-1") is False
    assert book.check_free("new", ME, "us-east-1") is True


def test_an_account_sees_its_own_of_all_regions_by_name() -> None:
    assert [each.name for each in BucketBook(reversed(BOOK)).of_account(ME)] == ["here", "there"]


def test_what_an_engine_has_is_compared_with_the_book() -> None:
    found = [bucket("new", "eu-west-1"), bucket("here", "eu-west-1"), bucket("yours", "eu-west-1", YOU)]
    new, lost, taken = BucketBook(BOOK).differences("eu-west-1", found)
    assert [each.name for each in new] == ["new"]
    assert [each.name for each in lost] == ["there"]
    assert [(mine.name, theirs.region) for mine, theirs in taken] == [("here", "us-east-1"), ("yours", "us-east-1")]


def test_a_bucket_travels_and_comes_back() -> None:
    assert bucket_from(bucket("here").as_topic()) == bucket("here")
