"""The global names of buckets: BUCKET.s3.amazonaws.com leads to the bucket's region, as control last told.

In: retained topics `bucket/<name>`. Out: the zone s3.amazonaws.com for the authority. Names go on without control. The
zone is made anew at most once in `WAIT_S`, however many buckets come: a thousand at the start are one zone. With 10,000
buckets it takes 70 ms to make, in which the planet does nothing else, so it is made less often then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.kernel.clock import Clock
from sandbox.kernel.tasks import Tasks

WAIT_S = 0.05  # AWS needs minutes until a new name leads to its region
REST = 20  # times as long as the last zone took to make


class BucketNames:
    """Bucket -> region. put_places: makes a zone of all of them."""

    def __init__(self, put_places: Callable[[Mapping[str, str]], None], clock: Clock, tasks: Tasks) -> None:
        self._put_places = put_places
        self._clock = clock
        self._tasks = tasks
        self._places: dict[str, str] = {}
        self._is_waiting = False
        self._wait_s = WAIT_S
        put_places(self._places)

    def put(self, name: str, value: Mapping[str, Any] | None) -> None:
        """A bucket was made, or is gone."""
        if value is None:
            self._places.pop(name, None)
        else:
            self._places[name] = value["region"]
        if not self._is_waiting:
            self._is_waiting = True
            self._tasks.start(self._put_soon(), "bucket names")

    async def _put_soon(self) -> None:
        await self._clock.sleep(self._wait_s)
        self._is_waiting = False
        began_s = self._clock.now_s()
        self._put_places(self._places)
        self._wait_s = max(WAIT_S, REST * (self._clock.now_s() - began_s))
