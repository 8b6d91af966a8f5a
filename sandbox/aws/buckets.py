"""The names of S3's buckets: one namespace over all regions, engines and accounts. Pure.

In: what is made and deleted. Out: whose a name is and where. Control owns the one `BucketBook` that counts; each region
has one of its own, fed from the retained topics `bucket/<name>`, and decides by it while control is away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.kernel.errors import Refusal

TOPIC = "bucket/"
US_EAST_1 = "us-east-1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bucket:
    """A bucket. created_at_s: Unix seconds."""

    name: str
    account: str
    region: str
    created_at_s: float

    def as_topic(self) -> dict[str, Any]:
        """How it travels."""
        return asdict(self)


def bucket_from(value: Mapping[str, Any]) -> Bucket:
    """The bucket that travelled."""
    return Bucket(**value)


class BucketBook:
    """Name -> bucket."""

    def __init__(self, buckets: Iterable[Bucket] = ()) -> None:
        self._by_name = {bucket.name: bucket for bucket in buckets}

    def __len__(self) -> int:
        return len(self._by_name)

    def find(self, name: str) -> Bucket | None:
        """The bucket of this name."""
        return self._by_name.get(name)

    def put(self, bucket: Bucket) -> None:
        """It is there."""
        self._by_name[bucket.name] = bucket

    def drop(self, name: str) -> None:
        """It is gone."""
        self._by_name.pop(name, None)

    def clear(self) -> None:
        """All are gone."""
        self._by_name.clear()

    def all(self) -> list[Bucket]:
        """By name."""
        return [self._by_name[name] for name in sorted(self._by_name)]

    def of_account(self, account: str) -> list[Bucket]:
        """By name: what ListBuckets shows."""
        return [bucket for bucket in self.all() if bucket.account == account]

    def check_free(self, name: str, account: str, region: str) -> bool:
        """True when the name is free; a Refusal when it is not.

        False: the caller has it already, in us-east-1, and asks there again; AWS answers 200 for historical reasons.
        [API Reference, CreateBucket, BucketAlreadyOwnedByYou]
        """
        present = self.find(name)
        if present is None:
            return True
        if present.account != account:
            raise name_taken()
        if present.region == region == US_EAST_1:
            return False
        raise Refusal(
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
            status=409,
        )

    def differences(
        self, region: str, found: Collection[Bucket]
    ) -> tuple[list[Bucket], list[Bucket], list[tuple[Bucket, Bucket]]]:
        """What an engine of `region` has, against this book: new ones, ones it has lost, and (found, present) whose
        name another region or account has; an engine may have been given buckets past its front door."""
        names = {bucket.name for bucket in found}
        new, taken = [], []
        for bucket in found:
            present = self.find(bucket.name)
            if present is None:
                new.append(bucket)
            elif (present.region, present.account) != (bucket.region, bucket.account):
                taken.append((bucket, present))
        lost = [bucket for bucket in self.all() if bucket.region == region and bucket.name not in names]
        return new, lost, taken


def name_taken() -> Refusal:
    """Somebody else has this name."""
    return Refusal(
        "BucketAlreadyExists",
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
        "Please select a different name and try again.",
        status=409,
    )
