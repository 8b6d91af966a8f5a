"""A thousand objects of mixed sizes, a cut, and both regions killed: each arrives once, with the right bytes.

The same story for a sandbox of processes and for one of containers; `lose` kills a region and brings it back.
"""

from __future__ import annotations

import hashlib
import http.client
import random
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from sandbox.client.sandbox import Sandbox
from sandbox.kernel.clock import pause_s

from .shops import DUBLIN, VIRGINIA, Buckets

OBJECTS, WRITERS, MANY = 1000, 6, 20


def sizes(dice: random.Random) -> list[int]:
    """Mixed: most are small, six have some MB, and one goes in several pieces."""
    some = [dice.choice((0, 1, 100, 1_000, 10_000, 60_000)) for _ in range(OBJECTS - 7)]
    return [*some, *([1_500_000] * 6), 9_000_000]


class Writer(threading.Thread):
    """Puts its share of objects at a front door, each until it is answered with 200; notes what was answered."""

    def __init__(self, planet: Sandbox, bucket: str, share: list[tuple[str, bytes]]) -> None:
        super().__init__(daemon=True)
        self.planet = planet
        self.bucket = bucket
        self.share = share
        self.answered: dict[str, tuple[str, str]] = {}  # key -> version id, ETag

    def run(self) -> None:
        where = urlsplit(self.planet.endpoint_url(VIRGINIA))
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
        scope = f"000000000000/20260101/{VIRGINIA}/s3/aws4_request, SignedHeaders=host, Signature=0"
        headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}"}
        for key, body in self.share:
            while key not in self.answered:
                try:
                    connection.request("PUT", f"/{self.bucket}/{key}", body, headers)
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status == 200:
                        told = answer.headers
                        self.answered[key] = told["x-amz-version-id"], told["ETag"]
                except (OSError, http.client.HTTPException):
                    connection.close()
                    pause_s(0.05)  # the region is being started again
        connection.close()


def a_thousand_arrive_once(planet: Sandbox, buckets: Buckets, lose: Callable[[str], None]) -> None:
    """The region that writes is killed with everything in its queue, the way is cut, the other region is killed too.

    A write that was not answered may have happened, and then has been replicated as well: so the versions of both
    buckets must be the same, each once, with the same digests.
    """
    buckets.make(VIRGINIA, DUBLIN)
    buckets.replicate(VIRGINIA, buckets.rule(DUBLIN))
    dice = random.Random(7)
    contents = [(f"k{number:04}", dice.randbytes(size)) for number, size in enumerate(sizes(dice))]
    shop_us, shop_eu = buckets[VIRGINIA][1], buckets[DUBLIN][1]
    writers = [Writer(planet, shop_us, contents[number::WRITERS]) for number in range(WRITERS)]

    def answered() -> dict[str, tuple[str, str]]:
        return {key: told for writer in writers for key, told in list(writer.answered.items())}

    for writer in writers:
        writer.start()
    planet.wait_until(lambda: len(answered()) > OBJECTS * 0.2)
    cut = planet.fault.partition(VIRGINIA, DUBLIN)
    planet.wait_until(lambda: bool(buckets.rules()))  # the network hears of it by a message
    planet.wait_until(lambda: planet.buckets.backlog(shop_us) > MANY, within_s=60)
    before_the_cut = set(answered())
    planet.wait_until(lambda: len(answered()) > len(before_the_cut) + MANY)
    key = next(key for key in answered() if key not in before_the_cut)
    version_id = answered()[key][0]
    assert buckets.status(VIRGINIA, key, version_id) == "PENDING"
    lose(VIRGINIA)
    more = len(answered()) + MANY
    planet.wait_until(lambda: len(answered()) > more, within_s=60)
    assert buckets.status(VIRGINIA, key, version_id) == "PENDING", "also after a kill, for the whole cut"
    cut.heal()
    buckets.until(VIRGINIA, key, "COMPLETED", version_id)
    assert buckets.status(DUBLIN, key, version_id) == "REPLICA"
    lose(DUBLIN)
    for writer in writers:
        writer.join(60)
    planet.wait_until(lambda: planet.buckets.backlog(shop_us) == 0, within_s=60)
    there, here = buckets.versions(VIRGINIA), buckets.versions(DUBLIN)
    assert len(answered()) == len(there) == OBJECTS
    assert here == there, "each version once, under its id, in its order, with its ETag"
    for key, body in contents[::83] + contents[-7:]:
        version_id, etag = answered()[key]
        assert etag.strip('"') == hashlib.md5(body, usedforsecurity=False).hexdigest()
        assert buckets.read(DUBLIN, key, version_id) == body
        assert buckets.status(VIRGINIA, key, version_id) == "COMPLETED"
        assert buckets.status(DUBLIN, key, version_id) == "REPLICA"
    assert planet.buckets.failed(shop_us) == []
    [view] = planet.buckets.status(shop_us).answers[VIRGINIA]
    assert (view["destination"], view["pending"], view["failed"]) == (shop_eu, 0, 0)
