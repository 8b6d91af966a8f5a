"""How a Refusal looks in each of AWS's protocols. Pure: a refusal and a request in, a Response out.

json DynamoDB, SQS, SSM, ... {"__type": "Code", "message": "..."} and X-Amzn-ErrorType query IAM, STS, SNS, ...
<ErrorResponse><Error><Type/><Code/><Message/></Error>... ec2 EC2
<Response><Errors><Error>... s3 S3 <Error><Code/><Message/><Resource/><RequestId/></Error> rest-xml Route 53,
CloudFront as query, in the service's name space rest-json Lambda, API Gateway, ... {"message": "..."} and
X-Amzn-ErrorType
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from xml.sax.saxutils import escape

import orjson

from sandbox.kernel.dice import fresh_token
from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Headers, Request, Response

REST_XML_NAMESPACES: Mapping[str, str] = MappingProxyType(
    {
        "route53": "https://route53.amazonaws.com/doc/2013-04-01/",
        "cloudfront": "http://cloudfront.amazonaws.com/doc/2020-05-31/",
    }
)
RETRY_AFTER_S = "1"  # what is away here is looked for twice a second
FORM = "application/x-www-form-urlencoded"
# The code that AWS itself uses for "not in this service", where callers look for it.
CODES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("json", "NotImplemented"): "UnknownOperationException",
        ("query", "NotImplemented"): "InvalidAction",
        ("ec2", "NotImplemented"): "InvalidAction",
        ("json", "ServiceUnavailable"): "ServiceUnavailableException",
        ("rest-json", "ServiceUnavailable"): "ServiceUnavailableException",
    }
)


def protocol_of(service: str, request: Request) -> str:
    """The protocol in which this caller understands an error."""
    if service in REST_XML_NAMESPACES:
        return "rest-xml"
    if service == "s3":
        return "s3"
    if request.headers.get("x-amz-target"):
        return "json"
    content_type = request.headers.get("content-type") or ""
    if content_type.startswith(FORM) or "Action=" in request.query:
        return "ec2" if service == "ec2" else "query"
    return "rest-json"


def render(refusal: Refusal, service: str, request: Request) -> Response:
    """The refusal as AWS would say it to this caller."""
    answer = _rendered(refusal, service, request)
    if refusal.status == 503:
        return replace(answer, headers=answer.headers.with_("Retry-After", RETRY_AFTER_S))
    return answer


def _rendered(refusal: Refusal, service: str, request: Request) -> Response:
    protocol = protocol_of(service, request)
    code = CODES.get((protocol, refusal.code), refusal.code)
    request_id = fresh_token()
    if protocol in ("json", "rest-json"):
        return _json(refusal, code, request_id, request, protocol)
    body = _xml(refusal, code, request_id, service, request, protocol)
    headers = Headers(
        [("Content-Type", "text/xml"), (f"x-{'amz' if protocol == 's3' else 'amzn'}-request-id", request_id)]
    )
    return Response(status=refusal.status, headers=headers, body=body.encode(), head_only=request.method == "HEAD")


def _json(refusal: Refusal, code: str, request_id: str, request: Request, protocol: str) -> Response:
    fields = {"__type": code, "message": refusal.message}
    content_type = request.headers.get("content-type") or ""
    if not content_type.startswith("application/x-amz-json"):
        content_type = "application/json" if protocol == "rest-json" else "application/x-amz-json-1.0"
    headers = Headers([("Content-Type", content_type), ("x-amzn-ErrorType", code), ("x-amzn-RequestId", request_id)])
    return Response(
        status=refusal.status, headers=headers, body=orjson.dumps(fields), head_only=request.method == "HEAD"
    )


def _xml(refusal: Refusal, code: str, request_id: str, service: str, request: Request, protocol: str) -> str:
    code_and_message = f"<Code>{escape(code)}</Code><Message>{escape(refusal.message)}</Message>"
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    if protocol == "s3":
        resource = f"<Resource>{escape(request.path)}</Resource>"
        return f"{declaration}<Error>{code_and_message}{resource}<RequestId>{request_id}</RequestId></Error>"
    if protocol == "ec2":
        errors = f"<Errors><Error>{code_and_message}</Error></Errors>"
        return f"{declaration}<Response>{errors}<RequestID>{request_id}</RequestID></Response>"
    kind = "Sender" if refusal.status < 500 else "Receiver"
    namespace = REST_XML_NAMESPACES.get(service)
    opening = f'<ErrorResponse xmlns="{namespace}">' if namespace else "<ErrorResponse>"
    error = f"<Error><Type>{kind}</Type>{code_and_message}</Error>"
    return f"{declaration}{opening}{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
