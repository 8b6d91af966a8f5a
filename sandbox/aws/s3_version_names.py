"""Names of versions in S3's requests and answers, exchanged: a replica has its source's, an engine gives its own. Pure.

In: a request for the engine, or an engine's answer, and how a name is to be replaced. Out: the same with other names.
`versionId` and `version-id-marker` of the query, the source of a copy, the body of DeleteObjects; headers of answers,
and the bodies of ListObjectVersions and DeleteObjects.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape, unescape

from sandbox.aws.s3_calls import COPY_SOURCE
from sandbox.protocols.http1 import Request, Response

Exchange = Callable[[str], str]

IN_QUERY = re.compile(r"((?:^|&)(?:versionId|version-id-marker)=)([^&]*)")
IN_DELETE = re.compile(rb"(<(?:\w+:)?VersionId>)([^<]*)(</(?:\w+:)?VersionId>)")
IN_ANSWER = re.compile(rb"(<(VersionId|VersionIdMarker|NextVersionIdMarker|DeleteMarkerVersionId)>)([^<]+)(</\2>)")
QUIET = re.compile(rb"(<(?:\w+:)?Quiet>)\s*true\s*(</(?:\w+:)?Quiet>)", re.IGNORECASE)
DELETED = re.compile(rb"<Deleted>.*?</Deleted>", re.DOTALL)
COPY_SOURCE_VERSION = re.compile(r"(\?versionId=)(.+)$")


def for_engine(request: Request, exchange: Exchange) -> Request:
    """The request with the engine's names in its query."""
    path, mark, query = request.target.partition("?")
    if not mark:
        return request
    exchanged = IN_QUERY.sub(lambda found: found[1] + quote(exchange(unquote(found[2])), safe=""), query)
    return request if exchanged == query else replace(request, target=f"{path}?{exchanged}")


def copy_for_engine(request: Request, exchange: Exchange) -> Request:
    """The same for the version that is copied from."""
    source = request.headers.get(COPY_SOURCE)
    if source is None:
        return request
    exchanged = COPY_SOURCE_VERSION.sub(lambda found: found[1] + quote(exchange(unquote(found[2])), safe=""), source)
    return request if exchanged == source else replace(request, headers=request.headers.with_(COPY_SOURCE, exchanged))


def delete_for_engine(request: Request, exchange: Exchange) -> tuple[Request, bool]:
    """DeleteObjects: with the engine's names, and told of each deletion; whether the caller wanted to be told."""
    body, quiet = QUIET.subn(rb"\1false\2", request.body)
    body = IN_DELETE.sub(lambda found: found[1] + exchanged(found[2], exchange) + found[3], body)
    if body == request.body:
        return request, not quiet
    # The digests in these headers are of the caller's body.
    stale = [name for name, _ in request.headers if name.lower() == "content-md5" or is_checksum(name)]
    return replace(request, body=body, headers=request.headers.without(*stale)), not quiet


def is_checksum(header: str) -> bool:
    """A digest of the body, or the algorithm of one that follows."""
    return header.lower().startswith(("x-amz-checksum-", "x-amz-sdk-checksum-", "x-amz-trailer"))


def for_caller(answer: Response, exchange: Exchange) -> Response:
    """The answer's header with users' name."""
    version_id = answer.headers.get("x-amz-version-id")
    if version_id is None or exchange(version_id) == version_id:
        return answer
    return replace(answer, headers=answer.headers.with_("x-amz-version-id", exchange(version_id)))


def listing_for_caller(answer: Response, exchange: Exchange) -> Response:
    """A body that names versions."""
    body = IN_ANSWER.sub(lambda found: found[1] + exchanged(found[3], exchange) + found[4], answer.body)
    return answer if body == answer.body else replace(answer, body=body)


def without_deleted(answer: Response) -> Response:
    """DeleteObjects, for a caller who wants to hear of errors alone."""
    return replace(answer, body=DELETED.sub(b"", answer.body))


def exchanged(text: bytes, exchange: Exchange) -> bytes:
    """A name in XML."""
    return escape(exchange(unescape(text.decode()))).encode()
