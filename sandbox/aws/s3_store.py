"""A region's objects as S3 replication needs them: a `Store` over the region's engine, whichever it is.

In: buckets, keys, versions as the engine calls them. Out: values; a Refusal with the engine's own code when it refuses.
Everything is S3's own API, so any engine does. Calls go past the front door: nothing here is told of again.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import quote, urlencode

from sandbox.aws.buckets import Bucket
from sandbox.aws.s3_heads import (
    copied_head,
    grants_in,
    listed_versions,
    locks_in,
    part_numbers,
    refusal_in,
    tags_in,
    tags_xml,
    upload_id_in,
)
from sandbox.aws.values import Engine
from sandbox.kernel.errors import Refusal, unavailable
from sandbox.protocols.http1 import BodyStream, Headers, Request, Response
from sandbox.replication.objects.port import Content, Opened
from sandbox.replication.objects.values import BucketFacts, Found, Head, Settings
from sandbox.serving.streams import whole_response

CREDENTIAL = "AWS4-HMAC-SHA256 Credential={account}/20260101/{region}/s3/aws4_request, SignedHeaders=host, Signature=0"
PART_BYTES = 64 * 1024 * 1024  # of what an engine does not take in one request
READ_BYTES = 256 * 1024  # of a file
MOST_PAGES = 1000  # of a listing

FindBucket = Callable[[str], Awaitable[Bucket | None]]


class EngineStore:
    """A `Store` of one region. find: in the register of buckets."""

    def __init__(self, region: str, engine: Engine, find: FindBucket) -> None:
        self._region = region
        self._engine = engine
        self._find = find

    async def bucket(self, bucket: str) -> BucketFacts | None:
        known = await self._find(bucket)
        if known is None or known.region != self._region:
            return None
        try:
            answer = await self._ask("GET", known.account, f"/{bucket}?versioning")
        except Refusal as refusal:
            if refusal.code == "NoSuchBucket":
                return None
            raise
        versioning = b"<Status>Enabled</Status>" in answer.body, b"<Status>Suspended</Status>" in answer.body
        status = "Enabled" if versioning[0] else "Suspended" if versioning[1] else ""
        return BucketFacts(account=known.account, region=known.region, versioning=status)

    async def find(self, bucket: str) -> BucketFacts | None:
        known = await self._find(bucket)
        return None if known is None else BucketFacts(account=known.account, region=known.region, versioning="")

    async def head(self, account: str, bucket: str, key: str, version_id: str) -> Head:
        target = place(bucket, key, versionId=version_id)
        answer = await self._ask("HEAD", account, target, [CHECKSUMS_TOO])
        return await self._with_parts(copied_head(answer.headers), account, target)

    async def _with_parts(self, head: Head, account: str, target: str) -> Head:
        """How large the first of several parts is: a copy in equal parts has an equal ETag."""
        if "-" not in head.etag or not head.size:
            return head
        answer = await self._ask("HEAD", account, f"{target}&partNumber=1")
        first = int(answer.headers.get("content-length") or 0)
        return head.with_parts(first)

    async def open(self, account: str, bucket: str, key: str, version_id: str, piece_bytes: int) -> Opened:
        target = place(bucket, key, versionId=version_id)
        answer = await self._answer("GET", account, target, [CHECKSUMS_TOO])
        head = copied_head(answer.headers, len(answer.body) if answer.stream is None else answer.stream.length)
        try:
            head = await self._with_parts(head, account, target)
        except BaseException:
            if answer.stream is not None:
                answer.stream.close()
            raise
        return Opened(head=head, pieces=in_pieces(answer, piece_bytes, self._region))

    async def settings(self, account: str, bucket: str, key: str, version_id: str, wanted: Settings) -> Settings:
        tags: bytes | None = None
        acl: bytes | None = None
        locks: tuple[bytes | None, bytes | None] = (None, None)
        if wanted.tags is not None:
            tags = await self._told(account, place(bucket, key, "tagging", versionId=version_id), NO_TAGS)
        if wanted.acl is not None:
            acl = await self._told(account, place(bucket, key, "acl", versionId=version_id), NO_ACL)
        if wanted.retention is not None or wanted.legal_hold is not None:
            locks = locks_in((await self._ask("HEAD", account, place(bucket, key, versionId=version_id))).headers)
        return Settings(
            tags=None if wanted.tags is None else tags_in(tags or b""),
            acl=acl,
            retention=locks[0],
            legal_hold=locks[1],
        )

    async def _told(self, account: str, target: str, nothing: frozenset[str | int]) -> bytes | None:
        """A body; None when the engine says by one of these codes or statuses that there is none."""
        try:
            return (await self._ask("GET", account, target)).body
        except Refusal as refusal:
            if refusal.code in nothing or refusal.status in nothing:
                return None
            raise

    async def write(self, account: str, bucket: str, key: str, head: Head, content: Content) -> str:
        headers = [*head.headers, ("x-amz-storage-class", head.storage_class)]
        if not head.part_bytes:
            try:
                return await self._write_whole(account, place(bucket, key), headers, content)
            except Refusal as refusal:
                if refusal.code != "EntityTooLarge":
                    raise
        size = head.part_bytes or PART_BYTES
        return await self._write_parts(account, bucket, key, without_checksums(headers), content, size)

    async def _write_whole(self, account: str, target: str, headers: list[tuple[str, str]], content: Content) -> str:
        md5 = ("Content-MD5", base64.b64encode(bytes.fromhex(content.md5)).decode())
        stream = None if content.file is None else FileStream(content.file, 0, content.size)
        return version_in(await self._ask("PUT", account, target, [*headers, md5], content.data, stream))

    async def _write_parts(
        self, account: str, bucket: str, key: str, headers: list[tuple[str, str]], content: Content, size: int
    ) -> str:
        begun = await self._ask("POST", account, place(bucket, key, "uploads"), headers)
        upload_id = upload_id_in(begun.body)
        etags = []
        for number, start in enumerate(range(0, content.size, size), 1):
            length = min(size, content.size - start)
            stream = None if content.file is None else FileStream(content.file, start, length)
            target = place(bucket, key, partNumber=str(number), uploadId=upload_id)
            data = content.data[start : start + length]
            etags.append((await self._ask("PUT", account, target, [], data, stream)).headers.get("etag") or "")
        target = place(bucket, key, uploadId=upload_id)
        return version_in(await self._ask("POST", account, target, [], part_numbers(etags)))

    async def mark(self, account: str, bucket: str, key: str) -> str:
        return version_in(await self._ask("DELETE", account, place(bucket, key)))

    async def change(self, account: str, bucket: str, key: str, version_id: str, settings: Settings) -> None:
        bodies = {
            "tagging": tags_xml(settings.tags) if settings.tags else None,
            "retention": settings.retention,
            "legal-hold": settings.legal_hold,
        }
        for what, body in bodies.items():
            if body is not None:
                await self._ask("PUT", account, place(bucket, key, what, versionId=version_id), [XML], body)
        if settings.acl is not None:
            target = place(bucket, key, "acl", versionId=version_id)
            await self._ask("PUT", account, target, grants_in(settings.acl))
        if settings.tags == ():
            await self._ask("DELETE", account, place(bucket, key, "tagging", versionId=version_id))

    async def versions(self, account: str, bucket: str, prefix: str) -> list[Found]:
        found: list[Found] = []
        after: dict[str, str] = {"prefix": prefix}
        for _ in range(MOST_PAGES):
            page = await self._ask("GET", account, f"/{bucket}?versions&{urlencode(after)}")
            entries, following = listed_versions(page.body)
            found += entries
            if following is None:
                break
            after = {"prefix": prefix, "key-marker": following[0], "version-id-marker": following[1]}
        return found

    async def _ask(
        self,
        method: str,
        account: str,
        target: str,
        headers: list[tuple[str, str]] | None = None,
        body: bytes = b"",
        stream: BodyStream | None = None,
    ) -> Response:
        """The engine's whole answer; a Refusal when it is an error."""
        return await whole_response(await self._answer(method, account, target, headers, body, stream))

    async def _answer(
        self,
        method: str,
        account: str,
        target: str,
        headers: list[tuple[str, str]] | None = None,
        body: bytes = b"",
        stream: BodyStream | None = None,
    ) -> Response:
        signed = [*(headers or []), ("Authorization", CREDENTIAL.format(account=account, region=self._region))]
        request = Request(method=method, target=target, headers=Headers(signed), body=body, stream=stream)
        try:
            answer = await self._engine(request, account, self._region, "s3")
            if answer.status >= 300:
                raise refusal_in(await whole_response(answer))
        except (OSError, TimeoutError) as error:
            raise not_answering(self._region, error) from error
        return answer


class FileStream:
    """A `BodyStream` of some bytes of a file."""

    def __init__(self, file: Path, start: int, length: int) -> None:
        self.length: int | None = length
        self._file = file.open("rb")
        self._file.seek(start)
        self._left = length

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        piece = self._file.read(min(READ_BYTES, self._left)) if self._left else b""
        if not piece:
            self.close()
            raise StopAsyncIteration
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """Done."""
        self._left = 0
        self._file.close()


async def in_pieces(answer: Response, piece_bytes: int, region: str) -> AsyncGenerator[bytes]:
    """A body, from memory or as it comes, in pieces of this size; a Refusal when it breaks off."""
    for start in range(0, len(answer.body), piece_bytes):
        yield answer.body[start : start + piece_bytes]
    if answer.stream is None:
        return
    held = bytearray()
    try:
        async for piece in answer.stream:
            held += piece
            while len(held) >= piece_bytes:
                yield bytes(held[:piece_bytes])
                del held[:piece_bytes]
    except (OSError, TimeoutError, Refusal) as error:
        raise not_answering(region, error) from error
    finally:
        answer.stream.close()
    if held:
        yield bytes(held)


def not_answering(region: str, error: Exception) -> Refusal:
    """The engine is away, or was lost in the middle of a body."""
    return unavailable(f"s3 in {region}", f"its engine does not answer: {error}")


CHECKSUMS_TOO = ("x-amz-checksum-mode", "ENABLED")
XML = ("Content-Type", "application/xml")
NO_TAGS: frozenset[str | int] = frozenset(["NoSuchTagSet"])
# An engine that has none, or moto, which fails (500) at the ACL of an object that was uploaded in parts and given none.
NO_ACL: frozenset[str | int] = frozenset([500, 501])


def place(bucket: str, key: str, what: str = "", **parameters: str) -> str:
    """A request target. what: a parameter without value."""
    query = "&".join([*([what] if what else []), *([urlencode(parameters, quote_via=quote)] if parameters else [])])
    return f"/{bucket}/{quote(key, safe='/~')}{'?' if query else ''}{query}"


def version_in(answer: Response) -> str:
    """The id of the version that was made. A bucket that is not versioned gives none."""
    version_id = answer.headers.get("x-amz-version-id")
    if version_id is None or version_id == "null":
        raise Refusal("InvalidBucketState", "versioning of the bucket is not enabled", status=409)
    return version_id


def without_checksums(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of a whole content: parts have others."""
    return [(name, value) for name, value in headers if not name.startswith("x-amz-checksum-")]
