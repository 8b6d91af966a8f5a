"""What an engine says of its buckets, in the forms of different engines."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.aws.engine_buckets import buckets_of_engine
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Request, Response

NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
TWO = (
    "<Bucket><Name>eu</Name><CreationDate>2026-01-02T03:04:05.000Z</CreationDate>{eu}</Bucket>"
    "<Bucket><Name>us</Name><CreationDate>2026-01-02T03:04:05.000Z</CreationDate>{us}</Bucket>"
)


def engine(pages: dict[str, str | int]) -> list[str]:
    async def ask(request: Request, account: str) -> Response:
        page = pages[request.target]
        status, body = (200, page) if isinstance(page, str) else (page, "")
        return Response(status=status, headers=Headers(), body=body.encode())

    found = asyncio.run(buckets_of_engine(ask, "eu-west-1", ["000000000000"]))
    assert all(bucket.created_at_s == 1767323045.0 and bucket.region == "eu-west-1" for bucket in found)
    return [bucket.name for bucket in found]


def test_only_those_of_the_region_are_meant_and_one_engine_may_serve_several() -> None:
    listed = TWO.format(eu="<BucketRegion>eu-west-1</BucketRegion>", us="<BucketRegion>us-east-1</BucketRegion>")
    assert engine({"/": f"<L {NAMESPACE}><Buckets>{listed}</Buckets></L>"}) == ["eu"]


def test_an_engine_that_does_not_list_regions_is_asked_for_each() -> None:
    pages: dict[str, str | int] = {
        "/": f"<L><Buckets>{TWO.format(eu='', us='')}</Buckets></L>",
        "/eu?location": f"<LocationConstraint {NAMESPACE}>eu-west-1</LocationConstraint>",
        "/us?location": f"<LocationConstraint {NAMESPACE}/>",
    }
    assert engine(pages) == ["eu"]


@pytest.mark.parametrize("page", [500, "no XML"])
def test_an_engine_that_does_not_tell_has_not_lost_anything(page: str | int) -> None:
    with pytest.raises(Refusal, match="list of buckets is not available"):
        engine({"/": page})
