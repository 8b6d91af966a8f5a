"""S3 replication at a front door: configurations, statuses, and what calls do to buckets that are replicated.

In: calls to S3 that are answered in this region. Out: answers of our own for Get-, Put- and DeleteBucketReplication;
for all others the engine's, with our status and with names of versions as users know them. Calls that change a source
bucket are noted before the engine hears of them, and what they did is on disk before the caller hears of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from sandbox.aws.s3_answers import xml
from sandbox.aws.s3_calls import COPY_SOURCE, S3Call
from sandbox.aws.s3_happened import KEYLESS, KINDS, Done, has_acl, what_happened
from sandbox.aws.s3_heads import http_date, upload_id_in
from sandbox.aws.s3_replication_xml import document_from, document_xml
from sandbox.aws.s3_version_names import (
    copy_for_engine,
    delete_for_engine,
    for_caller,
    for_engine,
    listing_for_caller,
    without_deleted,
)
from sandbox.kernel.clock import Clock
from sandbox.kernel.dice import fresh_name
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.replication.objects.port import Store
from sandbox.replication.objects.rules import (
    configuration_of,
    invalid_request,
    read_document,
)
from sandbox.replication.objects.service import ObjectReplication
from sandbox.replication.objects.values import Happened, Rule
from sandbox.serving.streams import whole_response

STATUS = "x-amz-replication-status"
OK = range(200, 300)
NAMING = frozenset({"ListObjectVersions", "DeleteObjects"})  # their answers' bodies name versions
NOT_FOUND = "The replication configuration was not found"
SOURCE_UNVERSIONED = "Versioning must be 'Enabled' on the bucket to apply a replication configuration"
DESTINATION_UNVERSIONED = "Destination bucket must have versioning enabled."
HAS_REPLICATION = (
    "A replication configuration is present on this bucket, so you cannot change the versioning state. "
    "To change the versioning state, first delete the replication configuration."
)

Ask = Callable[[Request], Awaitable[Response]]  # the engine


class S3Replication:
    """One region's. store: the region's own objects, past this door."""

    def __init__(self, replication: ObjectReplication, store: Store, clock: Clock) -> None:
        self._replication = replication
        self._store = store
        self._clock = clock

    async def serve(self, call: S3Call, ask: Ask) -> Response:
        """The answer to one call on a bucket of this region."""
        own = OWN.get(call.operation)
        if own is not None:
            return await own(self, call)
        if call.operation == "PutBucketVersioning":
            self._refuse_suspension(call)
        if self._replication.concerns(call.bucket) or self._copies_from_replicas(call):
            answer = await self._serve(call, ask)
        else:
            answer = await ask(call.with_path())
        if call.operation in ("DeleteBucket", "PutBucketVersioning"):
            await self._bucket_changed(call, answer)
        if call.operation in ("GetObject", "HeadObject"):
            return self._with_status(call, answer)
        return answer

    async def bucket_made(self, bucket: str) -> None:
        """Nothing is known of it yet: an engine may have lost another one of this name."""
        await self._replication.forget_bucket(bucket)

    def _copies_from_replicas(self, call: S3Call) -> bool:
        source = call.request.headers.get(COPY_SOURCE)
        return source is not None and self._replication.concerns(source_bucket(source))

    async def _bucket_changed(self, call: S3Call, answer: Response) -> None:
        if call.operation == "DeleteBucket" and answer.status in OK:
            await self._replication.forget_bucket(call.bucket)
        self._replication.arrivals.forget_facts(call.bucket)

    # -- calls on buckets that are replicated ---------------------------------------------------------------------

    async def _serve(self, call: S3Call, ask: Ask) -> Response:
        bucket, configured = call.bucket, call.bucket in self._replication.sources.configurations
        to_engine = partial(self._replication.engine_id, bucket)
        to_caller = partial(self._replication.public_id, bucket)
        request, wants_all = for_engine(call.with_path(), to_engine), True
        source = request.headers.get(COPY_SOURCE)
        if source is not None:
            request = copy_for_engine(request, partial(self._replication.engine_id, source_bucket(source)))
        if call.operation == "DeleteObjects":
            request, wants_all = delete_for_engine(request, to_engine)

        async def asked() -> Response:
            answer = await ask(request)
            return await whole_response(answer) if call.operation in NAMING else answer

        if configured and call.operation in KINDS:
            answer = await self._noted(call, asked, to_caller)
        else:
            answer = named_for_caller(call, await asked(), to_caller)
            if call.operation in KINDS and answer.status in OK:
                self._forget_deleted(call, what_happened(call, answer))
            if configured:
                await self._note_upload(call, answer)
        return answer if wants_all else without_deleted(answer)

    async def _noted(
        self, call: S3Call, ask: Callable[[], Awaitable[Response]], to_caller: Callable[[str], str]
    ) -> Response:
        """A change of a source bucket."""
        sources, kind = self._replication.sources, KINDS[call.operation]
        intent = await sources.begin(call.bucket, "" if call.operation in KEYLESS else call.key, kind)
        try:
            answer = named_for_caller(call, await ask(), to_caller)
        except BaseException:
            sources.unknown(intent)
            raise
        if answer.status >= 500:
            sources.unknown(intent)
        elif answer.status not in OK:
            await sources.nothing(intent)
        else:
            try:
                done = what_happened(call, answer)
                self._forget_deleted(call, done)
                if not done.events and not done.is_complete:
                    sources.unknown(intent)
                else:
                    await sources.happened(intent, [await self._completed(call, event, done) for event in done.events])
            except Refusal:  # it is done, and the engine will be asked what it was
                sources.unknown(intent)
        return answer

    async def _note_upload(self, call: S3Call, answer: Response) -> None:
        """Only its beginning tells whether an upload in parts has an ACL."""
        sources = self._replication.sources
        if call.operation == "CreateMultipartUpload" and answer.status in OK and has_acl(call):
            await sources.upload_begun(call.bucket, upload_id_in(answer.body))
        elif call.operation == "AbortMultipartUpload":
            sources.upload_ended(call.bucket, call.parameters["uploadId"])

    async def _completed(self, call: S3Call, event: Happened, done: Done) -> Happened:
        if call.operation == "CompleteMultipartUpload":
            had_acl = self._replication.sources.upload_ended(call.bucket, call.parameters["uploadId"])
            event = replace(event, has_acl=had_acl)
        event = replace(event, is_replica=self._replication.is_replica(event.bucket, event.key, event.version_id))
        return await self._replication.sources.complete(event, known=done.is_complete)

    def _forget_deleted(self, call: S3Call, done: Done) -> None:
        for each in done.deleted:
            self._replication.deleted(call.bucket, each.key, each.version_id)

    def _with_status(self, call: S3Call, answer: Response) -> Response:
        """HeadObject and GetObject: our status, never an engine's."""
        headers = answer.headers.without(STATUS) if STATUS in answer.headers else answer.headers
        version_id = headers.get("x-amz-version-id")
        if answer.status in OK and version_id is not None and self._replication.concerns(call.bucket):
            status = self._replication.status(call.bucket, call.key, version_id)
            if status is not None:
                headers = headers.with_(STATUS, status)
            modified_s = self._replication.modified_s(call.bucket, call.key, version_id)
            if modified_s is not None:
                headers = headers.with_("Last-Modified", http_date(modified_s))
        return answer if headers is answer.headers else replace(answer, headers=headers)

    # -- configurations -------------------------------------------------------------------------------------------

    async def _put(self, call: S3Call) -> Response:
        document, rules = read_document(document_from(call.request.body), fresh_name)
        facts = await self._store.bucket(call.bucket)
        if facts is None:
            raise no_such_bucket()
        if facts.versioning != "Enabled":
            raise invalid_request(SOURCE_UNVERSIONED)
        regions = {}
        for rule in rules:
            if rule.destination not in regions:
                regions[rule.destination] = await self._region_of(rule, call)
        await self._replication.configure(
            configuration_of(
                document,
                bucket=call.bucket,
                account=facts.account,
                regions=regions,
                put_at_s=self._clock.wall_s(),
            )
        )
        return Response(status=200, headers=Headers())

    async def _region_of(self, rule: Rule, call: S3Call) -> str:
        """Where a destination is, if it is one (A2)."""
        if rule.destination == call.bucket:
            raise invalid_request("A bucket cannot be the destination of its own replication")
        found = await self._store.find(rule.destination)
        facts = None if found is None else await self._replication.facts(rule.destination, found.region)
        if found is None or facts is None or facts.versioning != "Enabled":
            raise invalid_request(DESTINATION_UNVERSIONED)
        if rule.account not in (None, facts.account):
            raise invalid_request(f"Destination bucket {rule.destination} does not belong to account {rule.account}")
        return found.region

    async def _get(self, call: S3Call) -> Response:
        configuration = self._replication.sources.configurations.get(call.bucket)
        if configuration is None:
            await self._refuse_if_missing(call)
            raise Refusal("ReplicationConfigurationNotFoundError", NOT_FOUND, status=404)
        return xml(document_xml(configuration.document))

    async def _delete(self, call: S3Call) -> Response:
        if call.bucket not in self._replication.sources.configurations:
            await self._refuse_if_missing(call)
        await self._replication.unconfigure(call.bucket)
        return Response(status=204, headers=Headers())

    async def _refuse_if_missing(self, call: S3Call) -> None:
        if await self._store.bucket(call.bucket) is None:
            raise no_such_bucket()

    def _refuse_suspension(self, call: S3Call) -> None:
        configured = call.bucket in self._replication.sources.configurations
        if configured and b"Suspended" in call.request.body:
            raise Refusal("InvalidBucketState", HAS_REPLICATION, status=409)


OWN: Mapping[str, Callable[[S3Replication, S3Call], Awaitable[Response]]] = MappingProxyType(
    {
        "PutBucketReplication": S3Replication._put,
        "GetBucketReplication": S3Replication._get,
        "DeleteBucketReplication": S3Replication._delete,
    }
)


def named_for_caller(call: S3Call, answer: Response, exchange: Callable[[str], str]) -> Response:
    """The answer with users' names of versions."""
    answer = for_caller(answer, exchange)
    if call.operation in NAMING:
        answer = listing_for_caller(answer, exchange)
    return answer


def source_bucket(copy_source: str) -> str:
    """The bucket that is copied from."""
    return copy_source.lstrip("/").partition("/")[0]


def no_such_bucket() -> Refusal:
    """As AWS says it."""
    return Refusal("NoSuchBucket", "The specified bucket does not exist", status=404)
