"""Which buckets an endpoint has: asked of it when it has come up, so that the register tells the truth.

In: a way to ask the engine, a region, accounts. Out: the buckets that stand in that region; one endpoint may serve
several. An engine that does not tell a bucket's region in ListBuckets is asked for each.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from xml.etree import ElementTree

from sandbox.aws.buckets import US_EAST_1, Bucket
from sandbox.kernel.errors import unavailable
from sandbox.protocols.http1 import Headers, Request, Response

Ask = Callable[[Request, str], Awaitable[Response]]  # request, account
CREDENTIAL = "AWS4-HMAC-SHA256 Credential={account}/20260101/{region}/s3/aws4_request, SignedHeaders=host, Signature=0"


async def buckets_of_engine(ask: Ask, region: str, accounts: Iterable[str]) -> list[Bucket]:
    """All that stand in `region`; a Refusal when the engine does not tell."""
    found = []
    for account in accounts:
        for name, where, created_at_s in listed(await _told(ask, "/", region, account)):
            if where is None:
                where = located(await _told(ask, f"/{name}?location", region, account))
            if where == region:
                found.append(Bucket(name=name, account=account, region=region, created_at_s=created_at_s))
    return found


async def _told(ask: Ask, target: str, region: str, account: str) -> ElementTree.Element:
    headers = Headers([("Authorization", CREDENTIAL.format(account=account, region=region))])
    answer = await ask(Request(method="GET", target=target, headers=headers), account)
    if answer.status != 200:
        raise unavailable("the engine's list of buckets", f"GET {target} is answered with {answer.status}")
    try:
        return ElementTree.fromstring(answer.body)
    except ElementTree.ParseError as error:
        raise unavailable("the engine's list of buckets", f"GET {target} is not answered in XML: {error}") from error


def listed(answer: ElementTree.Element) -> list[tuple[str, str | None, float]]:
    """Name, region if told, creation (Unix seconds) of each bucket in a ListAllMyBucketsResult."""
    found = []
    for bucket in answer.iterfind(".//{*}Bucket"):
        created = datetime.fromisoformat(bucket.findtext("{*}CreationDate", "1970-01-01T00:00:00Z"))
        found.append((bucket.findtext("{*}Name", ""), bucket.findtext("{*}BucketRegion"), created.timestamp()))
    return found


def located(answer: ElementTree.Element) -> str:
    """The region in a LocationConstraint."""
    return (answer.text or "").strip() or US_EAST_1
