"""S3 replication at a front door, over moto in this process; tests/live/s3/test_replication.py has two regions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.buckets import Bucket
from sandbox.aws.moto_host import MotoHost
from sandbox.aws.s3_calls import s3_call
from sandbox.aws.s3_replication import S3Replication, source_bucket
from sandbox.aws.s3_store import CREDENTIAL, EngineStore
from sandbox.aws.values import Call
from sandbox.kernel.clock import SystemClock
from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.replication.objects.ledger import Ledger
from sandbox.replication.objects.service import ObjectReplication

ME, HERE = "111122223333", "us-east-1"
RULE = (
    "<Rule><ID>all</ID><Priority>1</Priority><Filter/><Status>Enabled</Status><Destination><Bucket>arn:aws:s3:::{to}"
    "</Bucket>{more}</Destination><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication></Rule>"
)
VERSIONING = "<VersioningConfiguration><Status>{}</Status></VersioningConfiguration>"


def configuration(to: str = "there", more: str = "") -> bytes:
    rule = RULE.format(to=to, more=more)
    return f"<ReplicationConfiguration><Role>r</Role>{rule}</ReplicationConfiguration>".encode()


class Door:
    """A region's front door for S3, without the register of buckets: whatever moto has is here, `there` too."""

    def __init__(self, folder: Path) -> None:
        self.host = MotoHost(None, None, None)  # type: ignore[arg-type]
        self.ledger = Ledger(folder / "x.objects", SystemClock())
        self.asked: list[str] = []
        self.answer: Response | None = None  # instead of moto's
        store = EngineStore(HERE, self.engine, self.find)
        self.replication = ObjectReplication(
            HERE, ledger=self.ledger, spool=folder, store=store, post=self.post, clock=SystemClock(), journal=Journal()
        )
        self.face = S3Replication(self.replication, store, SystemClock())

    async def engine(self, request: Request, account: str, region: str, service: str) -> Response:
        self.asked.append(f"{request.method} {request.target}")
        request = replace(request, headers=request.headers.with_("Host", "localhost"))
        return self.answer or await self.host.handle(request, account, service="s3", region=region)

    async def find(self, name: str) -> Bucket | None:
        if name.startswith("nobody"):
            return None
        return Bucket(name=name, account=ME, region="eu-west-1" if name == "far" else HERE, created_at_s=0.0)

    async def post(self, region: str, path: str, body: bytes) -> tuple[int, bytes]:
        raise ConnectionRefusedError(region)

    async def ask(self, method: str, target: str, body: bytes = b"", **headers: str) -> Response:
        pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
        pairs.append(("Authorization", CREDENTIAL.format(account=ME, region=HERE)))
        request = Request(method=method, target=target, headers=Headers(pairs), body=body)
        call = s3_call(Call(request, "s3", HERE, HERE, ME))
        return await self.face.serve(call, lambda asked: self.engine(asked, ME, HERE, "s3"))

    async def make(self, *names: str) -> None:
        for name in names:
            await self.ask("PUT", f"/{name}")
            await self.ask("PUT", f"/{name}?versioning", VERSIONING.format("Enabled").encode())

    async def until(self, condition: Callable[[], Awaitable[Any]]) -> None:
        for _ in range(500):
            if await condition():
                return
            await asyncio.sleep(0.01)
        raise TimeoutError([sender.trouble for sender in self.replication.senders.values()])


@pytest.fixture
def at_a_door(tmp_path: Path) -> Any:
    def tell(story: Callable[[Door], Awaitable[None]]) -> None:
        async def run() -> None:
            door = Door(tmp_path)
            door.ledger.open()
            door.replication.load()
            door.replication.start()
            try:
                await story(door)
            finally:
                await door.replication.close()
                await door.ledger.close()
                await door.host.reset()
                door.host.close()

        asyncio.run(run())

    return tell


async def refused(answer: Awaitable[Response]) -> tuple[int, str, str]:
    with pytest.raises(Refusal) as error:
        await answer
    return error.value.status, error.value.code, error.value.message


def test_a_configuration_is_put_read_and_deleted(at_a_door: Any) -> None:
    async def story(door: Door) -> None:
        await door.make("here", "there")
        assert (await refused(door.ask("GET", "/here?replication")))[:2] == (
            404,
            "ReplicationConfigurationNotFoundError",
        )
        answer = await door.ask("PUT", "/here?replication", configuration())
        assert (answer.status, answer.body) == (200, b"")
        assert b"<Bucket>arn:aws:s3:::there</Bucket>" in (await door.ask("GET", "/here?replication")).body
        for _ in range(2):
            assert (await door.ask("DELETE", "/here?replication")).status == 204
        assert not any("replication" in asked for asked in door.asked), "the engine hears nothing of it"

    at_a_door(story)


def test_rows_of_a2_that_only_buckets_can_tell(at_a_door: Any) -> None:
    async def story(door: Door) -> None:
        put = "/here?replication"
        await door.make("here")
        await door.ask("PUT", "/plain")
        unversioned = (400, "InvalidRequest", "Destination bucket must have versioning enabled.")
        assert await refused(door.ask("PUT", put, configuration("plain"))) == unversioned
        assert await refused(door.ask("PUT", put, configuration("nobody"))) == unversioned
        assert await refused(door.ask("PUT", "/plain?replication", configuration("here"))) == (
            400,
            "InvalidRequest",
            "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
        )
        assert (await refused(door.ask("PUT", put, configuration("here"))))[:2] == (400, "InvalidRequest")
        other = configuration("there", "<Account>999999999999</Account>")
        await door.make("there")
        assert "does not belong to account" in (await refused(door.ask("PUT", put, other)))[2]
        assert (await refused(door.ask("PUT", put, configuration("far"))))[:2] == (503, "ServiceUnavailable")
        for method in ("GET", "DELETE"):
            assert (await refused(door.ask(method, "/nobody?replication")))[1] == "NoSuchBucket"
        assert (await refused(door.ask("PUT", "/nobody?replication", configuration())))[1] == "NoSuchBucket"
        assert (await refused(door.ask("PUT", put, b"<x/>")))[1] == "MalformedXML"

    at_a_door(story)


def test_versioning_of_a_source_stays_as_it_is(at_a_door: Any) -> None:
    async def story(door: Door) -> None:
        await door.make("here", "there")
        await door.ask("PUT", "/here?replication", configuration())
        suspended = VERSIONING.format("Suspended").encode()
        assert (await refused(door.ask("PUT", "/here?versioning", suspended)))[:2] == (409, "InvalidBucketState")
        await door.ask("DELETE", "/here?replication")
        assert (await door.ask("PUT", "/here?versioning", suspended)).status == 200

    at_a_door(story)


def test_a_version_is_copied_and_has_one_name(at_a_door: Any) -> None:
    async def story(door: Door) -> None:
        await door.make("here", "there")
        await door.ask("PUT", "/here?replication", configuration())
        put = await door.ask("PUT", "/here/k", b"12345", x_amz_tagging="a=1")
        version_id = put.headers.get("x-amz-version-id") or ""

        async def arrived() -> bool:
            head = await door.ask("HEAD", "/here/k")
            return head.headers.get("x-amz-replication-status") == "COMPLETED"

        await door.until(arrived)
        copy = await door.ask("GET", f"/there/k?versionId={version_id}")
        assert copy.body == b"12345"
        assert copy.headers.get("x-amz-replication-status") == "REPLICA"
        assert copy.headers.get("x-amz-version-id") == version_id
        listed = await door.ask("GET", "/there?versions")
        assert f"<VersionId>{version_id}</VersionId>".encode() in listed.body
        source = f"/there/k?versionId={version_id}"
        assert (await door.ask("PUT", "/elsewhere", b"")).status == 200
        assert (await door.ask("PUT", "/elsewhere/k", b"", x_amz_copy_source=source)).status == 200
        gone = await door.ask("DELETE", f"/there/k?versionId={version_id}")
        assert (gone.status, gone.headers.get("x-amz-version-id")) == (204, version_id)
        assert version_id.encode() not in (await door.ask("GET", "/there?versions")).body

    at_a_door(story)


def test_an_engine_s_own_status_does_not_leak(at_a_door: Any) -> None:
    async def story(door: Door) -> None:
        headers = Headers([("x-amz-replication-status", "COMPLETED"), ("x-amz-version-id", "v")])
        door.answer = Response(status=200, headers=headers)
        assert "x-amz-replication-status" not in (await door.ask("HEAD", "/any/k")).headers
        assert "x-amz-replication-status" not in (await door.ask("GET", "/any/k")).headers

    at_a_door(story)


def test_a_call_that_failed_leaves_nothing_and_one_that_broke_off_is_looked_into(at_a_door: Any) -> None:
    async def story(door: Door) -> None:
        def intents() -> list[Any]:
            return list(door.ledger.select("SELECT kind FROM intents"))

        await door.make("here", "there")
        await door.ask("PUT", "/here?replication", configuration())
        door.answer = Response(status=403, headers=Headers())
        assert (await door.ask("PUT", "/here/k", b"1")).status == 403
        await door.ledger.committed()
        assert intents() == []
        door.answer = Response(status=500, headers=Headers())
        assert (await door.ask("PUT", "/here/k", b"1")).status == 500
        assert intents() == [("object",)]
        door.answer = None

        async def settled() -> bool:
            return intents() == []

        await door.until(settled)

    at_a_door(story)


def test_an_upload_in_parts_tells_its_acl_at_its_beginning(at_a_door: Any) -> None:
    async def story(door: Door) -> None:
        await door.make("here", "there")
        await door.ask("PUT", "/here?replication", configuration())
        for key, headers, uploads in (("a", {"x_amz_acl": "public-read"}, 1), ("b", {}, 0)):
            begun = await door.ask("POST", f"/here/{key}?uploads", **headers)
            upload_id = begun.body.partition(b"<UploadId>")[2].partition(b"<")[0].decode()
            assert len(list(door.ledger.select("SELECT * FROM uploads"))) == uploads
            await door.ask("DELETE", f"/here/{key}?uploadId={upload_id}")
            await door.ledger.committed()
            assert list(door.ledger.select("SELECT * FROM uploads")) == []

    at_a_door(story)


def test_a_bucket_that_is_deleted_is_forgotten(at_a_door: Any) -> None:
    async def story(door: Door) -> None:
        await door.make("here", "there")
        await door.ask("PUT", "/here?replication", configuration())
        assert (await door.ask("DELETE", "/here")).status == 204
        await door.make("here")
        assert (await refused(door.ask("GET", "/here?replication")))[0] == 404
        await door.ask("PUT", "/here?replication", configuration())
        await door.face.bucket_made("here")  # an engine had lost it
        assert (await refused(door.ask("GET", "/here?replication")))[0] == 404

    at_a_door(story)


def test_the_bucket_of_a_copy_is_known() -> None:
    assert source_bucket("/b/a/b?versionId=v") == source_bucket("b/a") == "b"
