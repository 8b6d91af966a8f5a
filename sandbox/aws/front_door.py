"""A region's front door: every AWS call that stands in this region goes through REQUEST_STEPS, in that order.

In: HTTP requests. Out: answers of the region's own tables, of another region's front door (over the network), of the
engine (control's moto by default, over the management channel), or a refusal in the caller's own protocol. A step
returns the call, knowing more than before, or the answer. Steps that must wait return an awaitable; a call to the
tables never waits, so it costs no task.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace

from sandbox.aws.accounts import Accounts
from sandbox.aws.dynamodb_port import DynamoDBPort
from sandbox.aws.errors import render
from sandbox.aws.naming import GLOBAL_HOMES, home_of, is_asked_elsewhere, name_of_service
from sandbox.aws.s3_calls import is_global_name
from sandbox.aws.s3_front import S3Front
from sandbox.aws.values import FORWARDED_HEADER, Call, Engine, Forward
from sandbox.kernel.errors import Refusal, not_emulated, unavailable
from sandbox.protocols.http1 import BODY_LIMIT_BYTES, Request, Response
from sandbox.protocols.sigv4 import scope_of_signature
from sandbox.serving.streams import whole_request
from sandbox.serving.values import Later

MOST_CALLERS = 1024  # keys and dates; one client has one of them for a whole day

Outcome = Call | Response
Step = Callable[["FrontDoor", Call], Outcome | Awaitable[Outcome]]


@dataclass(frozen=True, kw_only=True)
class FrontDoor:
    """What a region hands over. running: regions of the sandbox now. is_cut_off: `isolate` is on this region."""

    region: str
    tables: DynamoDBPort
    s3: S3Front
    engine: Engine
    forward: Forward
    accounts: Accounts
    running: Callable[[], Collection[str]]
    is_cut_off: Callable[[], bool]
    callers: dict[str, str] = field(default_factory=dict)  # see `serve_known_callers`

    def handle(self, request: Request) -> Response | Awaitable[Response]:
        """The handler of `serving.server.serve_http`."""
        return self._walk(Call(request), 0)

    def _walk(self, call: Call, start: int) -> Response | Awaitable[Response]:
        """Take the steps from `start` on; from the first that must wait, in a coroutine."""
        try:
            for index in range(start, len(REQUEST_STEPS)):
                outcome = REQUEST_STEPS[index](self, call)
                if isinstance(outcome, Call):
                    call = outcome
                elif isinstance(outcome, (Response, Later)):
                    return outcome  # of our tables the answer, at once or when it is kept: both are the last word
                else:
                    return self._walk_on(outcome, call, index + 1)
        except Refusal as refusal:
            return render(refusal, call.service, call.request)
        raise AssertionError("the last step refuses")

    async def _walk_on(self, waiting: Awaitable[Outcome], call: Call, start: int) -> Response:
        try:
            outcome = await waiting
        except Refusal as refusal:
            return render(refusal, call.service, call.request)
        if isinstance(outcome, Response):
            return outcome
        answer = self._walk(outcome, start)
        return answer if isinstance(answer, Response) else await answer


def serve_known_callers(door: FrontDoor, call: Call) -> Outcome | Awaitable[Outcome]:
    """A signature that begins as that of an earlier call to our own tables is one for them, in the same account."""
    request = call.request
    account = door.callers.get(beginning_of_signature(request)) if request.stream is None else None
    return call if account is None else door.tables.handle(request, account, door.region)


def beginning_of_signature(request: Request) -> str:
    """Key, date, region and service, as far as the first comma of the header; "" without one."""
    return (request.headers.get("authorization") or "").partition(",")[0]


def remember_caller(door: FrontDoor, call: Call) -> None:
    """None of the steps before would judge another call of this caller differently, unless IAM knows the key."""
    beginning = beginning_of_signature(call.request)
    scope = scope_of_signature(beginning)
    if scope is None or scope.region != door.region or not door.accounts.is_plain(call.access_key):
        return
    if len(door.callers) >= MOST_CALLERS:
        door.callers.clear()
    door.callers[beginning] = call.account


def name_the_service(door: FrontDoor, call: Call) -> Outcome:
    """From the signature, the host, the target, the form or the path; else it is S3. Our pages are a service too."""
    service, region, access_key = name_of_service(call.request)
    return Call(call.request, service, "", region, "", access_key)


def name_the_region(door: FrontDoor, call: Call) -> Outcome:
    """The region asked for; for a global service, the home of its control plane; for a bucket's global name, here."""
    if is_asked_elsewhere(call.service, call.asked_region):
        raise asked_elsewhere(call.service, call.asked_region)
    region = home_of(call.service, call.asked_region, door.running(), door.region)
    if call.service == "s3" and is_global_name(call.request):
        region = door.region  # where DNS has led it; S3 judges the signature
    return call.answered_in(region, is_global=call.service in GLOBAL_HOMES)


def name_the_account(door: FrontDoor, call: Call) -> Outcome | Awaitable[Outcome]:
    """A 12-digit key is an account; keys that AWS handed out are looked up in IAM."""
    account = door.accounts.known(call.access_key)
    return ask_for_the_account(door, call) if account is None else call.made_in(account)


async def ask_for_the_account(door: FrontDoor, call: Call) -> Outcome:
    """IAM is asked once for each key."""
    return call.made_in(await door.accounts.account_of(call.access_key))


def refuse_if_cut_off(door: FrontDoor, call: Call) -> Outcome:
    """The home of a global control plane cannot serve it while cut off; data planes go on with what they last knew."""
    if (
        call.is_global
        and call.region == door.region
        and GLOBAL_HOMES[call.service] == door.region
        and door.is_cut_off()
    ):
        raise cut_off_home(call.service, door.region)
    return call


def forward_to_its_region(door: FrontDoor, call: Call) -> Outcome | Awaitable[Outcome]:
    """A call for another region of the sandbox travels there; one for a region that does not run is refused."""
    if call.region == door.region:
        return call
    if call.region not in door.running():
        raise not_running(call.region, door.running())
    if FORWARDED_HEADER in call.request.headers:
        raise Refusal(
            "InternalFailure",
            f"{door.region} was given a call for {call.region} that was forwarded already",
            status=500,
        )
    headers = call.request.headers.with_(FORWARDED_HEADER, door.region)
    return door.forward(call.region, replace(call.request, headers=headers))


def hold_small_bodies(door: FrontDoor, call: Call) -> Outcome | Awaitable[Outcome]:
    """Objects of S3 pass through in pieces; every other service has bodies that are held as a whole."""
    if call.request.stream is None or call.service == "s3":
        return call
    return hold_body(call)


async def hold_body(call: Call) -> Outcome:
    """Up to 64 MB."""
    try:
        return call._replace(request=await whole_request(call.request))
    except Refusal as refusal:
        if refusal.code != "EntityTooLarge":
            raise
        raise too_large_to_hold(call.service) from refusal


def serve_ours(door: FrontDoor, call: Call) -> Outcome | Awaitable[Outcome]:
    """DynamoDB and its streams, on the region's own tables."""
    if call.service != "dynamodb":
        return call
    remember_caller(door, call)
    return door.tables.handle(call.request, call.account, call.region)


def serve_s3(door: FrontDoor, call: Call) -> Outcome | Awaitable[Outcome]:
    """S3: names of buckets and replication here, objects by the engine."""
    if call.service != "s3":
        return call
    return door.s3.handle(call)


def serve_engine(door: FrontDoor, call: Call) -> Outcome | Awaitable[Outcome]:
    """Every other service that has a name."""
    if not call.service:
        return call
    return door.engine(call.request, call.account, call.region, call.service)


def refuse_unknown(door: FrontDoor, call: Call) -> Outcome:
    """What nobody above answered."""
    raise not_emulated(f"the service of {call.request.method} {call.request.path}")


REQUEST_STEPS: list[Step] = [
    serve_known_callers,
    name_the_service,
    name_the_region,
    name_the_account,
    refuse_if_cut_off,
    forward_to_its_region,
    hold_small_bodies,
    serve_ours,
    serve_s3,
    serve_engine,
    refuse_unknown,
]


def too_large_to_hold(service: str) -> Refusal:
    """For a body that only S3 could take."""
    return Refusal(
        "EntityTooLarge",
        f"The sandbox holds bodies of {service} as a whole, and at most {BODY_LIMIT_BYTES} bytes. Only objects of S3 "
        "may be larger: put the content there, and name it.",
        status=413,
    )


def not_running(region: str, running: Collection[str]) -> Refusal:
    """For a call to a region that this sandbox does not have."""
    names = ", ".join(sorted(running)) or "none"
    return Refusal("InvalidRegion", f"The region {region} does not run in this sandbox. Running: {names}", status=400)


def asked_elsewhere(service: str, region: str) -> Refusal:
    """As an AWS endpoint answers to a signature for another region; that region has no endpoint of this service."""
    home = GLOBAL_HOMES[service]
    return Refusal(
        "InvalidSignatureException",
        f"Credential should be scoped to a valid region. {service} has its API in {home} only, not in {region}: "
        f"call it with --region {home}.",
        status=403,
    )


def cut_off_home(service: str, region: str) -> Refusal:
    """The lesson of static stability, in one sentence."""
    return unavailable(
        f"the control plane of {service}",
        f"its home {region} is cut off. What was set up before goes on working; changes must wait.",
    )
