"""Claims about the destination side: each version once, whole, in a versioned bucket, or a reason why not."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest

from sandbox.kernel.errors import Refusal
from sandbox.replication.objects.values import Head, Settings
from sandbox.replication.objects.wire import Answer, Piece

DUBLIN = "eu-west-1"
BODY = bytes(range(256)) * 10


def piece(body: bytes = BODY, **more: Any) -> Piece:
    head = Head(size=len(body), etag=hashlib.md5(body).hexdigest(), modified_s=5.0)
    digest = hashlib.sha256(body).hexdigest()
    named = {"source": "b", "origin": "us-east-1", "destination": "d", "key": "k", "version_id": "v", "kind": "object"}
    return Piece(**{**named, "size": len(body), "head": head, "data": body, "sha256": digest, **more})


def at(world: Any) -> Any:
    dublin = world.regions[DUBLIN]
    dublin.engine.make("d")
    return dublin


def test_a_version_that_comes_twice_is_there_once(in_a_world: Any) -> None:
    async def story(world: Any) -> None:
        dublin = at(world)
        for _ in range(3):
            assert (await dublin.replication.arrivals.receive(piece())).result == "done"
        assert dublin.has("d") == {"k": [("v", BODY, ())]}
        assert dublin.replication.is_replica("d", "k", "v")
        assert dublin.replication.modified_s("d", "k", "v") == 5.0

    in_a_world(story)


def test_pieces_in_any_state_become_the_whole(in_a_world: Any) -> None:
    async def story(world: Any) -> None:
        dublin, whole = at(world), piece()
        receive = dublin.replication.arrivals.receive
        assert await receive(whole.at(0, BODY[:1000], None)) == Answer(result="have", bytes=1000)
        assert await receive(whole.at(2000, BODY[2000:], whole.sha256)) == Answer(result="have", bytes=1000)
        await dublin.crash()
        dublin.start()
        receive = dublin.replication.arrivals.receive
        assert (await receive(whole.at(1000, BODY[1000:], "0" * 64))).bytes == 0, "not what was sent: begin again"
        assert await receive(whole.at(0, BODY[:1500], None)) == Answer(result="have", bytes=1500)
        assert (await receive(whole.at(1500, BODY[1500:], whole.sha256))).result == "done"
        assert dublin.has("d")["k"] == [("v", BODY, ())]

    in_a_world(story)


def test_content_that_was_changed_on_the_way_is_not_stored(in_a_world: Any) -> None:
    async def story(world: Any) -> None:
        dublin = at(world)
        answer = await dublin.replication.arrivals.receive(piece(sha256="0" * 64))
        assert answer == Answer(result="have", bytes=0)
        assert dublin.has("d") == {}

    in_a_world(story)


def test_what_the_engine_had_stored_before_a_crash_is_found_again(in_a_world: Any) -> None:
    async def story(world: Any) -> None:
        dublin = at(world)
        dublin.engine._add("d", "k", BODY)  # somebody's own, before
        await asyncio.sleep(3)
        statement = "INSERT INTO replicas VALUES ('d', 'k', 'v', '', 'b', 'us-east-1', 'WRITING', ?, 5.0)"
        dublin.ledger.select(statement, (1_767_225_600.0 + 2.5,))
        dublin.engine._add("d", "k", b"another's")
        left = dublin.engine._add("d", "k", BODY).version_id
        assert (await dublin.replication.arrivals.receive(piece())).result == "done"
        assert dublin.replication.engine_id("d", "v") == left
        assert len(dublin.has("d")["k"]) == 3

    in_a_world(story)


@pytest.mark.parametrize(
    ("versioning", "bucket", "reason"),
    [("Enabled", "nowhere", "DstBucketNotFound"), ("Suspended", "d", "DstBucketUnversioned")],
)
def test_a_bucket_that_cannot_take_it_is_a_reason(in_a_world: Any, versioning: str, bucket: str, reason: str) -> None:
    async def story(world: Any) -> None:
        dublin = world.regions[DUBLIN]
        dublin.engine.make("d", versioning)
        answer = await dublin.replication.arrivals.receive(piece(destination=bucket))
        assert (answer.result, answer.reason) == ("failed", reason)

    in_a_world(story)


def test_an_engine_that_refuses_is_a_reason_and_one_that_fails_is_asked_again(in_a_world: Any) -> None:
    async def story(world: Any) -> None:
        dublin = at(world)
        receive = dublin.replication.arrivals.receive
        for refusal, result in (
            (Refusal("AccessDenied", "no", status=403), "failed"),
            (Refusal("InternalError", "bug", status=500), "later"),
            (Refusal("ServiceUnavailable", "down", status=503), "away"),
        ):
            dublin.replication.arrivals.forget_facts("d")
            dublin.engine.failing = refusal
            assert (await receive(piece())).result == result
        dublin.engine.failing = None
        assert (await receive(piece())).result == "done"

    in_a_world(story)


def test_a_write_that_takes_long_is_asked_for_again_and_done_once(in_a_world: Any) -> None:
    async def story(world: Any) -> None:
        dublin = at(world)
        receive, work = dublin.replication.arrivals.receive, dublin.engine._work

        async def slow() -> None:
            await asyncio.sleep(2)
            await work()

        dublin.engine._work = slow
        whole = piece()
        assert (await receive(whole)).result == "working"
        answers = [await receive(whole.at(len(BODY), b"", whole.sha256)) for _ in range(12)]
        assert answers[-1].result == "done"
        dublin.engine._work = work
        assert len(dublin.has("d")["k"]) == 1

    in_a_world(story)


def test_settings_reach_a_replica_and_what_was_written_here(in_a_world: Any) -> None:
    async def story(world: Any) -> None:
        dublin = at(world)
        receive = dublin.replication.arrivals.receive
        tags = Settings(tags=(("a", "1"),))
        changed = {"kind": "settings", "data": b"", "size": 0, "sha256": None, "head": None, "settings": tags}
        assert (await receive(piece(**changed))).reason == "DstVersionNotFound"
        await receive(piece(settings=Settings(tags=(("a", "0"),))))
        assert dublin.has("d")["k"][0][2] == (("a", "0"),)
        assert (await receive(piece(**changed))).result == "done"
        own = dublin.engine._add("d", "own", b"").version_id
        assert (await receive(piece(**changed, key="own", version_id=own))).result == "done"
        assert [versions[0][2] for versions in dublin.has("d").values()] == [(("a", "1"),), (("a", "1"),)]
        dublin.replication.deleted("d", "k", "v")
        await dublin.ledger.committed()
        assert (await receive(piece(**changed))).reason == "DstVersionNotFound"
        assert (await receive(piece())).result == "done", "deleted here: it does not come again"
        assert len(dublin.has("d")["k"]) == 1

    in_a_world(story)
