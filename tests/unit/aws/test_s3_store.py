"""Objects of a region as replication sees them, over a real engine: moto in this process."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.buckets import Bucket
from sandbox.aws.moto_host import MotoHost
from sandbox.aws.s3_store import EngineStore, FileStream, place
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.replication.objects.port import Content
from sandbox.replication.objects.values import Head, Settings

ME, HERE = "111122223333", "eu-west-1"
HEAD = Head(size=0, etag="", modified_s=0.0, headers=(("content-type", "text/plain"), ("x-amz-meta-a", "1")))
VERSIONED = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"


class Engine:
    """moto, as front doors call it; or what a test says. Streams are handed over whole, as moto takes them."""

    def __init__(self, host: MotoHost) -> None:
        self.host = host
        self.instead: Callable[[Request], Response | None] = lambda request: None
        self.asked: list[str] = []

    async def __call__(self, request: Request, account: str, region: str, service: str) -> Response:
        self.asked.append(f"{request.method} {request.target.partition('?')[0]}")
        told = self.instead(request)
        if told is not None:
            return told
        if request.stream is not None:
            body = b"".join([piece async for piece in request.stream])
            request = replace(request, body=body, stream=None)
        request = replace(request, headers=request.headers.with_("Host", "localhost"))
        return await self.host.handle(request, account, service=service, region=region)


@pytest.fixture
def told() -> Any:
    """Tells a story with a store, an engine, and a bucket `b` that is versioned."""

    def tell(story: Callable[[EngineStore, Engine], Awaitable[None]]) -> None:
        async def run() -> None:
            host = MotoHost(None, None, None)  # type: ignore[arg-type]
            engine = Engine(host)

            async def find(name: str) -> Bucket | None:
                where = {"shop": HERE, "unversioned": HERE, "far": "us-east-1"}.get(name)
                return None if where is None else Bucket(name=name, account=ME, region=where, created_at_s=0.0)

            store = EngineStore(HERE, engine, find)
            place_of = b"<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint>"
            for name in ("shop", "unversioned"):
                await store._ask("PUT", ME, f"/{name}", [], place_of + b"</CreateBucketConfiguration>")
            await store._ask("PUT", ME, "/shop?versioning", [], VERSIONED)
            try:
                await story(store, engine)
            finally:
                await host.reset()
                host.close()

        asyncio.run(run())

    return tell


def content(data: bytes, file: Path | None = None) -> Content:
    digest = hashlib.md5(data).hexdigest()
    if file is None:
        return Content(size=len(data), md5=digest, data=data)
    file.write_bytes(data)
    return Content(size=len(data), md5=digest, file=file)


def test_a_version_is_written_and_read_with_all_it_has(told: Any) -> None:
    async def story(store: EngineStore, engine: Engine) -> None:
        first = await store.write(ME, "shop", "a k/ü+", HEAD, content(b"12345"))
        second = await store.write(ME, "shop", "a k/ü+", HEAD, content(b""))
        opened = await store.open(ME, "shop", "a k/ü+", first, 2)
        assert [piece async for piece in opened.pieces] == [b"12", b"34", b"5"]
        assert (opened.head.size, opened.head.etag) == (5, hashlib.md5(b"12345").hexdigest())
        assert {("content-type", "text/plain"), ("x-amz-meta-a", "1")} <= set(opened.head.headers)
        assert [piece async for piece in (await store.open(ME, "shop", "a k/ü+", second, 2)).pieces] == []
        marker = await store.mark(ME, "shop", "a k/ü+")
        found = await store.versions(ME, "shop", "a k")
        assert [(each.key, each.version_id, each.is_marker) for each in found if each.is_marker] == [
            ("a k/ü+", marker, True)
        ]
        assert {each.version_id for each in found} == {first, second, marker}
        assert (await store.head(ME, "shop", "a k/ü+", first)).size == 5

    told(story)


def test_a_version_in_parts_keeps_the_shape_of_its_etag(told: Any, tmp_path: Path) -> None:
    async def story(store: EngineStore, engine: Engine) -> None:
        data = b"x" * (5 * 1024 * 1024) + b"end"
        head = HEAD.with_parts(0)
        parts = Head(size=len(data), etag="e-2", modified_s=0.0).with_parts(5 * 1024 * 1024)
        written = await store.write(ME, "shop", "k", parts, content(data, tmp_path / "f"))
        opened = await store.open(ME, "shop", "k", written, 4 * 1024 * 1024)
        assert opened.head.etag.endswith("-2")
        assert opened.head.part_bytes == 5 * 1024 * 1024
        assert b"".join([piece async for piece in opened.pieces]) == data
        again = await store.write(ME, "shop", "k", opened.head, content(data))
        assert (await store.head(ME, "shop", "k", again)).etag == opened.head.etag
        assert head.part_bytes == 0

    told(story)


def test_what_an_engine_does_not_take_in_one_request_is_written_in_parts(told: Any, tmp_path: Path) -> None:
    async def story(store: EngineStore, engine: Engine) -> None:
        def too_large(request: Request) -> Response | None:
            if request.method == "PUT" and "partNumber" not in request.target:
                raise Refusal("EntityTooLarge", "too large", status=400)
            return None

        engine.instead = too_large
        version_id = await store.write(ME, "shop", "k", HEAD, content(b"123", tmp_path / "f"))
        engine.instead = lambda request: None
        assert (await store.head(ME, "shop", "k", version_id)).size == 3

    told(story)


def test_settings_are_read_and_changed(told: Any) -> None:
    async def story(store: EngineStore, engine: Engine) -> None:
        version_id = await store.write(ME, "shop", "k", HEAD, content(b"1"))
        wanted = Settings(tags=(), acl=b"", retention=b"", legal_hold=b"")
        plain = await store.settings(ME, "shop", "k", version_id, wanted)
        assert plain.tags == ()
        assert plain.retention is plain.legal_hold is None
        acl = b"<AccessControlPolicy><AccessControlList><Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers"
        acl += b"</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>"
        await store.change(ME, "shop", "k", version_id, Settings(tags=(("a", "1"),), acl=acl))
        changed = await store.settings(ME, "shop", "k", version_id, wanted)
        assert changed.tags == (("a", "1"),)
        assert b"AllUsers" in (changed.acl or b"")
        await store.change(ME, "shop", "k", version_id, Settings(tags=()))
        assert (await store.settings(ME, "shop", "k", version_id, Settings(tags=()))).tags == ()
        assert await store.settings(ME, "shop", "k", version_id, Settings()) == Settings()

    told(story)


def test_buckets_are_told_with_their_versioning(told: Any) -> None:
    async def story(store: EngineStore, engine: Engine) -> None:
        facts, other = await store.bucket("shop"), await store.bucket("unversioned")
        assert facts is not None
        assert other is not None
        assert (facts.account, facts.region, facts.versioning, other.versioning) == (ME, HERE, "Enabled", "")
        assert await store.bucket("far") is await store.bucket("nowhere") is await store.find("nowhere") is None
        far = await store.find("far")
        assert far is not None
        assert far.region == "us-east-1"
        await store._ask("DELETE", ME, "/unversioned")
        assert await store.bucket("unversioned") is None, "the register may not know yet"

    told(story)


def test_errors_keep_their_code_and_an_engine_that_is_away_is_503(told: Any) -> None:
    async def story(store: EngineStore, engine: Engine) -> None:
        with pytest.raises(Refusal) as refused:
            await store.open(ME, "shop", "none", "v", 10)
        assert refused.value.code in ("NoSuchKey", "NoSuchVersion")
        with pytest.raises(Refusal) as refused:
            await store.write(ME, "unversioned", "k", HEAD, content(b"1"))
        assert refused.value.code == "InvalidBucketState"

        def away(request: Request) -> Response | None:
            raise ConnectionRefusedError("down")

        engine.instead = away
        with pytest.raises(Refusal) as refused:
            await store.mark(ME, "shop", "k")
        assert refused.value.status == 503

    told(story)


class Breaking:
    """A body that breaks off."""

    length: int | None = 10

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        raise ConnectionResetError("gone")

    def close(self) -> None:
        self.is_closed = True


def test_a_body_that_breaks_off_is_503_and_closed(told: Any) -> None:
    async def story(store: EngineStore, engine: Engine) -> None:
        stream = Breaking()
        engine.instead = lambda request: Response(status=200, headers=Headers(), stream=stream)
        opened = await store.open(ME, "shop", "k", "v", 10)
        with pytest.raises(Refusal, match="does not answer"):
            _ = [piece async for piece in opened.pieces]
        assert stream.is_closed

    told(story)


def test_a_part_of_a_file_is_a_stream(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"0123456789")

    async def read() -> list[bytes]:
        return [piece async for piece in FileStream(tmp_path / "f", 2, 5)]

    assert asyncio.run(read()) == [b"23456"]
    assert place("b", "a k/?", "tagging", versionId="+") == "/b/a%20k/%3F?tagging&versionId=%2B"
