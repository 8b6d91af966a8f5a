"""The gateway on 4566: one address for all regions, as LocalStack has it.

In: AWS calls without an endpoint of their own. Out: what the front door of the region they name answers; a call on
4566 stands in the region it names, so it crosses no network and suffers no fault of one. A global service is asked
at its home's front door, or directly where that region is not part of the sandbox.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import orjson

from sandbox.aws.accounts import Accounts
from sandbox.aws.errors import render
from sandbox.aws.front_door import asked_elsewhere, not_running
from sandbox.aws.naming import GLOBAL_HOMES, is_anywhere, is_asked_elsewhere, name_of_service
from sandbox.aws.values import Call, Engine
from sandbox.kernel.errors import Refusal, unavailable
from sandbox.network.values import Endpoint
from sandbox.protocols.http1 import Headers, Request, Response
from sandbox.serving.client import HttpPool
from sandbox.serving.streams import whole_request

VERSION = "4.14.0"  # of the LocalStack whose addresses we answer; some clients parse it
FRONT_DOOR_TIMEOUT_S = 130.0  # above the engine's: its answer should be the one that is seen
HEALTH_SERVICES_NAMES = """
    acm apigateway cloudformation cloudwatch dynamodb dynamodbstreams ec2 events firehose iam kinesis kms lambda
    logs opensearch redshift resource-groups resourcegroupstaggingapi route53 s3 s3control scheduler
    secretsmanager ses sns sqs ssm stepfunctions sts
"""
HEALTH_SERVICES = tuple(HEALTH_SERVICES_NAMES.split())
RUNNING = frozenset({"dynamodb", "dynamodbstreams"})  # served by processes that always run; the rest load on first use


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """What control hands over.

    regions: every region of this sandbox. front_doors: where those are that run now.
    default_region: for calls that name none. reset: empties moto and all regions.
    """

    pool: HttpPool
    engine: Engine
    accounts: Accounts
    default_region: str
    regions: Callable[[], tuple[str, ...]]
    front_doors: Callable[[], Mapping[str, Endpoint]]
    reset: Callable[[], Awaitable[None]]

    async def handle(self, request: Request) -> Response:
        """The handler of `serving.server.serve_http`."""
        own = OWN_PATHS.get(request.path.rstrip("/"))
        if own is not None:
            return await own(self, request)
        service = ""
        try:
            service, region, access_key = name_of_service(request)
            return await self._pass_on(
                Call(request=request, service=service, asked_region=region, access_key=access_key)
            )
        except Refusal as refusal:
            return render(refusal, service, request)

    async def _pass_on(self, call: Call) -> Response:
        if is_asked_elsewhere(call.service, call.asked_region):
            raise asked_elsewhere(call.service, call.asked_region)
        where = region_for(call.service, call.asked_region, self.regions(), self.default_region)
        if where is None:
            account = await self.accounts.account_of(call.access_key)
            request = await whole_request(call.request)
            return await self.engine(request, account, GLOBAL_HOMES[call.service], call.service)
        door = self.front_doors().get(where)
        if door is None:
            raise region_is_down(where, call.service)
        try:
            return await self.pool.send(call.request, host=door.host, port=door.port, timeout_s=FRONT_DOOR_TIMEOUT_S)
        except (OSError, TimeoutError) as error:
            raise region_is_down(where, call.service) from error


def region_for(service: str, asked_region: str, regions: tuple[str, ...], default_region: str) -> str | None:
    """Whose front door answers; None: no region's, the control plane is asked directly."""
    home = GLOBAL_HOMES.get(service)
    if home is not None:
        return home if home in regions else None
    region = default_region if is_anywhere(service, asked_region, regions) else asked_region or default_region
    if region not in regions:
        raise not_running(region, regions)
    return region


def region_is_down(region: str, service: str) -> Refusal:
    """For a call to a region whose process has ended, or does not answer."""
    return unavailable(f"{service} in {region}", f"the region {region} does not answer. See: sandbox status")


async def answer_health(gateway: Gateway, request: Request) -> Response:
    """LocalStack's health page, which its clients wait for."""
    services = {name: "running" if name in RUNNING else "available" for name in HEALTH_SERVICES}
    return json_response({"services": services, "edition": "community", "version": VERSION})


async def answer_info(gateway: Gateway, request: Request) -> Response:
    """LocalStack's page about itself."""
    return json_response({"version": VERSION, "edition": "community", "is_license_activated": False, "session_id": ""})


async def answer_reset(gateway: Gateway, request: Request) -> Response:
    """moto's reset: everything that AWS calls made is gone, in all regions."""
    if request.method != "POST":
        return json_response({"status": "error", "message": "POST this path to empty the sandbox"}, status=405)
    await gateway.reset()
    return json_response({"status": "ok"})


def json_response(content: object, *, status: int = 200) -> Response:
    """A page for programs."""
    return Response(status=status, headers=Headers([("Content-Type", "application/json")]), body=orjson.dumps(content))


# naming.OWN_PAGES, with who answers
OWN_PATHS: Mapping[str, Callable[[Gateway, Request], Awaitable[Response]]] = MappingProxyType(
    {
        "/_localstack/health": answer_health,
        "/_localstack/info": answer_info,
        "/moto-api/reset": answer_reset,
    }
)
