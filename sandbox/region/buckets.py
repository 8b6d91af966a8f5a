"""A region's knowledge of buckets: the retained topics of control's register, and control itself for what is new.

In: topics `bucket/<name>`. Out: a `BucketPort` for the front door. Reading goes on without control, making and deleting
buckets does not: as in AWS, the names have one control plane.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.aws.buckets import TOPIC, Bucket, BucketBook, bucket_from
from sandbox.kernel.errors import Refusal, unavailable

ASK_WITHIN_S = 5.0
Ask = Callable[..., Awaitable[Any]]  # (method, **arguments) -> control's answer


class RegionBuckets:
    """A `BucketPort`. on_topic is a listener for `Spoke.subscribe`."""

    def __init__(self, region: str, ask_control: Ask) -> None:
        self.book = BucketBook()
        self._region = region
        self._ask_control = ask_control

    def on_topic(self, topic: str, value: Any) -> None:
        """A bucket was made, or is gone."""
        if value is None:
            self.book.drop(topic.removeprefix(TOPIC))
        else:
            self.book.put(bucket_from(value))

    async def find(self, name: str) -> Bucket | None:
        """By the topics; what they do not have may have been made a moment ago, and control knows."""
        known = self.book.find(name)
        if known is not None:
            return known
        try:
            told = await self._ask("bucket_where", name=name)
        except Refusal:
            return None  # control is away: nobody makes buckets either
        return None if told is None else self._put(told)

    def of_account(self, account: str) -> list[Bucket]:
        """Of all regions, by name."""
        return self.book.of_account(account)

    async def claim(self, name: str, account: str, region: str) -> bool:
        """Keep a name."""
        free: bool = await self._ask("bucket_claim", name=name, account=account, region=region)
        return free

    async def made(self, name: str, account: str, region: str) -> None:
        """Known here at once, everywhere else when the topic comes."""
        self._put(await self._ask("bucket_made", name=name, account=account, region=region))

    async def gone(self, name: str) -> None:
        """Unknown here at once."""
        await self._ask("bucket_gone", name=name, region=self._region)
        self.book.drop(name)

    def _put(self, told: Any) -> Bucket:
        bucket = bucket_from(told)
        self.book.put(bucket)
        return bucket

    async def _ask(self, method: str, **arguments: Any) -> Any:
        try:
            async with asyncio.timeout(ASK_WITHIN_S):
                return await self._ask_control(method, **arguments)
        except TimeoutError as error:
            raise unavailable("the register of buckets", "the program control does not answer") from error
