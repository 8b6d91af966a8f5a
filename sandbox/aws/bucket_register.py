"""Control's register of buckets: whose a name is, over all regions and engines; on disk before anybody is told.

In: claims of front doors, what engines have. Out: the retained topics `bucket/<name>`, a file, refusals in S3's words.
A claim keeps a name while its bucket is being made, so that two regions cannot make it at once; one that nobody
fulfils lapses. What moto makes without a front door (buckets of stacks) is taken up by `found`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from sandbox.aws.buckets import TOPIC, Bucket, BucketBook, bucket_from
from sandbox.kernel.errors import Refusal

CLAIM_S = 120.0  # as long as an engine may take to answer


class BucketRegister:
    """The book that counts. publish: (topic, value or None). Its methods are answers on the management channel."""

    def __init__(
        self,
        path: Path,
        publish: Callable[[str, Any], None],
        wall_s: Callable[[], float],
        is_known: Callable[[str], bool],
    ) -> None:
        """is_known: whether a region is part of the sandbox; buckets of others are kept, but not shown."""
        self.path = path
        self.book = BucketBook()
        self._publish = publish
        self._wall_s = wall_s
        self._is_known = is_known
        self._claims: dict[str, tuple[str, str, float]] = {}  # name -> account, region, until

    def load(self, retained: Iterable[str]) -> str:
        """Take up the file, and tell the regions; what a person should know of it, or "". retained: names that the hub
        still has from a control before this one."""
        message = ""
        try:
            found = orjson.loads(self.path.read_bytes())
            self.book = BucketBook(bucket_from(entry) for entry in found)
        except FileNotFoundError:
            pass  # nobody has made a bucket yet
        except (ValueError, TypeError) as error:
            broken = self.path.with_suffix(".broken")
            self.path.replace(broken)
            message = f"The register of buckets cannot be read ({error}); it is set aside as {broken}"
        for name in retained:
            if self.book.find(name) is None:
                self._publish(f"{TOPIC}{name}", None)
        for bucket in self.book.all():
            self._tell(bucket)
        return message

    async def claim(self, name: str, account: str, region: str) -> bool:
        """Keep a name; False when the caller has it and may ask again."""
        if not self.book.check_free(name, account, region):
            return False
        owner, where, until_s = self._claims.get(name, (account, region, 0.0))
        if (owner, where) != (account, region) and until_s > self._wall_s():
            raise Refusal(
                "OperationAborted",
                "A conflicting conditional operation is currently in progress against this resource. Please try again.",
                status=409,
            )
        self._claims[name] = (account, region, self._wall_s() + CLAIM_S)
        return True

    async def made(self, name: str, account: str, region: str) -> dict[str, Any]:
        """An engine has made it."""
        self._claims.pop(name, None)
        bucket = Bucket(name=name, account=account, region=region, created_at_s=self._wall_s())
        self._keep([bucket], [])
        return bucket.as_topic()

    async def gone(self, name: str, region: str) -> None:
        """The engine of this region has it no more, or has not made what was claimed."""
        claim = self._claims.get(name)
        if claim is not None and claim[1] == region:
            del self._claims[name]
        present = self.book.find(name)
        if present is not None and present.region == region:
            self._keep([], [name])

    async def where(self, name: str) -> dict[str, Any] | None:
        """The bucket of this name."""
        bucket = self.book.find(name)
        return None if bucket is None else bucket.as_topic()

    async def found(self, region: str, buckets: list[Mapping[str, Any]]) -> dict[str, list[str]]:
        """All that the engine of a region has. What the register did not know is taken up, what the engine has lost is
        dropped; `taken` are names that belong to somebody else, and are not to be had through this region."""
        new, lost, taken = self.book.differences(region, [bucket_from(entry) for entry in buckets])
        lost = [bucket for bucket in lost if bucket.name not in self._claims]
        self._keep(new, [bucket.name for bucket in lost])
        return {
            "new": [bucket.name for bucket in new],
            "lost": [bucket.name for bucket in lost],
            "taken": [bucket.name for bucket, _ in taken],
        }

    def clear(self) -> None:
        """The sandbox is reset."""
        self._claims.clear()
        self._keep([], [bucket.name for bucket in self.book.all()])

    def _keep(self, new: list[Bucket], gone: list[str]) -> None:
        if not new and not gone:
            return
        for bucket in new:
            self.book.put(bucket)
        for name in gone:
            self.book.drop(name)
        self._save()
        for bucket in new:
            self._tell(bucket)
        for name in gone:
            self._publish(f"{TOPIC}{name}", None)

    def _tell(self, bucket: Bucket) -> None:
        if self._is_known(bucket.region):
            self._publish(f"{TOPIC}{bucket.name}", bucket.as_topic())

    def _save(self) -> None:
        """Whole, under another name first: a kill leaves the old file or the new one."""
        draft = self.path.with_suffix(".new")
        draft.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            file.write(orjson.dumps([bucket.as_topic() for bucket in self.book.all()]))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
