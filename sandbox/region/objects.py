"""S3 replication of a region, put together: its ledger, its store, its way to other regions, its face for users.

In: the program, the engine, the register of buckets. Out: the extension of the front door, a receiver of messages, and
what `sandbox bucket` asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws.s3_replication import S3Replication
from sandbox.aws.s3_store import EngineStore
from sandbox.aws.values import Engine
from sandbox.management.hub import Handler
from sandbox.management.program import Program
from sandbox.region.buckets import RegionBuckets
from sandbox.region.replication_port import ReplicationClient
from sandbox.replication.objects.ledger import Ledger
from sandbox.replication.objects.looking import MOST_FAILED, directions
from sandbox.replication.objects.rows import Rows
from sandbox.replication.objects.service import ObjectReplication

PATHS = "/_sandbox/objects/"  # of messages for it


class RegionObjects:
    """One region's. post: of its own, as large pieces need more patience than small ones."""

    def __init__(
        self, region: str, program: Program, engine: Engine, buckets: RegionBuckets, post: ReplicationClient
    ) -> None:
        state = program.seat.home / "state"
        self.file = state / f"{region}.objects"
        self.ledger = Ledger(self.file, program.clock, on_trouble=lambda trouble: print(trouble, flush=True))
        store = EngineStore(region, engine, buckets.find)
        self.replication = ObjectReplication(
            region,
            ledger=self.ledger,
            spool=state / f"{region}.arriving",
            store=store,
            post=post,
            clock=program.clock,
            journal=program.journal,
        )
        self.face = S3Replication(self.replication, store, program.clock)
        self._post = post
        self._rows = Rows(self.ledger)
        self._clock = program.clock

    def open(self) -> None:
        """Take up what the ledger kept."""
        self.ledger.open()
        self.replication.load()

    def views(self) -> Mapping[str, Handler]:
        """Method -> handler, for operators."""

        async def bucket_status() -> list[dict[str, Any]]:
            return directions(self.replication, self._rows, self._clock.wall_s())

        async def bucket_failed(bucket: str, most: int) -> list[dict[str, Any]]:
            return self._rows.failed(bucket, min(most, MOST_FAILED))

        return {"bucket_status": bucket_status, "bucket_failed": bucket_failed}

    async def close(self) -> None:
        """Stop; then let the ledger finish."""
        await self.replication.close()
        await self._post.close()
        await self.ledger.close()
