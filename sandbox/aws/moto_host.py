"""moto in this process: requests in, responses out, each in a thread. The only door to moto in control.

In: `Request`s with the account, service and region that a front door found. Out: what moto's own server would
answer, except: the account is the one given (never moto's default), hosts of S3 buckets become paths, what moto does
not implement is refused by name in the service's protocol, and a crash inside moto is AWS's internal error. moto
loads a service when it is first used; CloudFormation alone takes 3 s and 130 MB, so nothing here may touch it
earlier.
"""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from sandbox.aws import moto_state
from sandbox.aws.errors import FORM, render
from sandbox.aws.flow_counts import FlowCounts
from sandbox.aws.latency import Latencies
from sandbox.aws.moto_core import prepare_moto
from sandbox.aws.moto_state import Saved
from sandbox.aws.naming import form_action
from sandbox.aws.object_metrics import ObjectMetrics
from sandbox.aws.services.dynamodb.values import Doors
from sandbox.aws.services.engine_resources.values import DoorClients
from sandbox.aws.services.globalaccelerator.values import Surroundings
from sandbox.aws.wsgi import Application, environ_of, run
from sandbox.kernel.errors import Refusal, not_emulated
from sandbox.protocols.http1 import Request, Response
from sandbox.protocols.sigv4 import host_of

# How long a call keeps its thread, and how many may. A stack waits for regions, and a region may ask moto: that must
# never need the thread that waits for it. A long poll of SQS takes up to 20 s; other calls end at once.
Wait = Literal["call", "poll", "stack"]
THREADS: Mapping[Wait, int] = MappingProxyType({"call": 24, "poll": 256, "stack": 16})
MAKES_RESOURCES = frozenset(
    ["CreateStack", "UpdateStack", "DeleteStack", "ExecuteChangeSet", "CreateStackInstances", "DeleteStackInstances"]
)
# Services that ours replace before moto's own are first used; CloudFormation makes resources of these too.
OURS = {"route53": ("route53",), "cloudformation": ("route53", "cloudformation")}
ACCELERATORS = "globalaccelerator"
WITH_ACCELERATORS = (ACCELERATORS, "cloudformation")

FAILURE_KEY = "sandbox.failure"  # where in the WSGI environment an exception inside moto is left


class MotoHost:
    """moto's WSGI application, its threads and its state.

    doors: the regions, where stacks make tables. clients: the same, for what stands in their engines. quotas: those of
    Route 53 that are not AWS's. around: what Global Accelerator knows of the world. refuse_lost_home: for a global
    service, a Refusal while its home is away; stacks ask.
    """

    def __init__(
        self,
        doors: Doors,
        clients: DoorClients,
        around: Surroundings,
        quotas: Mapping[str, int] | None = None,
        refuse_lost_home: Callable[[str], None] = lambda service: None,
    ) -> None:
        self._refuse_lost_home = refuse_lost_home
        self.requests = 0
        self.latencies = Latencies()
        self.flows = FlowCounts()
        self._prepared: set[str] = set()  # services that have ours in place
        self.object_metrics = ObjectMetrics()
        self._metrics: tuple[type[Any], ...] | None = None
        self._doors = doors
        self._door_clients = clients
        self._quotas = quotas
        self._around = around
        self._application: Application | None = None
        self._pools = {kind: ThreadPoolExecutor(count, f"moto-{kind}") for kind, count in THREADS.items()}

    async def handle(self, request: Request, account: str, *, service: str = "s3", region: str = "") -> Response:
        """moto's answer to one AWS call."""
        self.requests += 1
        pool = self._pools[kind_of_wait(request, service)]
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(pool, self._answer, request, account, service, region)

    async def in_thread(self, work: Callable[[], Any]) -> Any:
        """Run something that touches moto beside the requests (saving, reading zones)."""
        return await asyncio.get_running_loop().run_in_executor(self._pools["call"], work)

    def _answer(self, request: Request, account: str, service: str, region: str) -> Response:
        """In a thread: one call through moto."""
        environ = moto_environ(request, account=account, service=service, region=region)
        try:
            application = self.application(service)
            response = run(application, environ)
        except NotImplementedError as error:  # a service that moto has not
            return render(as_refusal(error, service, request), service, request)
        failure = environ.get(FAILURE_KEY)
        return response if failure is None else render(as_refusal(failure, service, request), service, request)

    def application(self, service: str) -> Application:
        """moto's WSGI application, made on first use, with our replacements for `service` in place."""
        if self._application is None:
            self.warm()
        assert self._application is not None
        self._install_ours(service)
        return self._application

    def _install_ours(self, service: str) -> None:
        """Put our replacements for a service in place of moto's, once, before it is first used."""
        if service in self._prepared:
            return
        for name in OURS.get(service, ()):
            install(name, self._quotas if name == "route53" else self._refuse_lost_home)
        if service in WITH_ACCELERATORS:
            install(ACCELERATORS, self._around)
        if uses_ec2(service):
            install("ec2")
        if service == "cloudformation":
            import_module("sandbox.aws.services.globalaccelerator.stack_resources")  # moto finds classes that exist
            install("dynamodb", self._doors)
            install("engine_resources", self._door_clients)
        self._prepared.add(service)

    def warm(self) -> None:
        """Import moto, a second's work that the first caller need not wait for; two at once do no harm."""
        prepare_moto()
        install("iam")
        if self._metrics is None:
            from sandbox.aws.services.cloudwatch import accelerators, models

            self._metrics = (
                models.install(self.latencies, self.object_metrics),
                accelerators.install(self.flows, self._around),
            )
        self._application = moto_application()

    async def account_of(self, access_key: str) -> str | None:
        """The account of a key that IAM or STS handed out; None when nobody has it."""
        found: str | None = await self.in_thread(lambda: account_of_key(access_key))
        return found

    def load(self, path: Path) -> str:
        """Take up the state in this file; what a person should know about that, or ""."""
        content, message = moto_state.load(path)
        if content:
            for service in content:
                self._install_ours(service)
            moto_state.put_back(content)
        return message

    def save(self, path: Path) -> Saved:
        """Write the state to this file. Blocking: see `in_thread`."""
        return moto_state.save(path)

    def topics(self, now_s: float, speed: float) -> dict[str, Any]:
        """All that data planes are told of, by topic. Blocking: see `in_thread`."""
        told = (self.scaling_topics(), self.accelerator_topics(), self.vpc_topics())
        return self.route53_topics(now_s, speed) | dict(item for topics in told for item in topics.items())

    async def experiment_templates(self, account: str, region: str) -> dict[str, dict[str, Any]]:
        """AWS FIS's templates, by id."""

        def read() -> dict[str, dict[str, Any]]:
            self.application("fis")
            from sandbox.aws.services.fis.models import templates_of

            return templates_of(account, region)

        found: dict[str, dict[str, Any]] = await self.in_thread(read)
        return found

    def scaling_topics(self) -> dict[str, Any]:
        """Auto scaling of tables, by topic. Blocking."""
        if "moto.applicationautoscaling.models" not in sys.modules:
            return {}  # nobody has used it
        from sandbox.aws.services.application_autoscaling.snapshot import topics

        return topics()

    def accelerator_topics(self) -> dict[str, Any]:
        """Accelerators of all accounts, by topic. Blocking."""
        if "sandbox.aws.services.globalaccelerator.models" not in sys.modules:
            return {}  # nobody has used Global Accelerator
        from sandbox.aws.services.globalaccelerator.snapshot import topics

        return topics()

    def vpc_topics(self) -> dict[str, Any]:
        """Private networks of all regions, by topic. Blocking."""
        if "moto.ec2.models" not in sys.modules:
            return {}  # nobody has used it
        from sandbox.aws.services.ec2.snapshot import topics

        return topics()

    def route53_topics(self, now_s: float, speed: float) -> dict[str, Any]:
        """Route 53 of all accounts, by topic. Blocking: see `in_thread`."""
        if "moto.route53.models" not in sys.modules:
            return {}  # nobody has used Route 53, and loading it now would slow the start
        self._install_ours("route53")
        from sandbox.aws.services.route53.snapshot import topics

        return topics(now_s, speed=speed)

    async def write_query_log(self, lines: list[dict[str, Any]]) -> int:
        """Lines of name servers into CloudWatch Logs; how many were wanted there."""
        if "moto.route53.models" not in sys.modules:
            return 0
        from sandbox.aws.services.route53.snapshot import write_query_log

        written: int = await self.in_thread(lambda: write_query_log(lines))
        return written

    async def routing_control_call(self, account: str, action: str, asked: dict[str, Any]) -> dict[str, Any]:
        """One call of route53-recovery-cluster, which moto has not."""

        def call() -> dict[str, Any]:
            self.application("route53")
            from sandbox.aws.services.route53.snapshot import routing_control_call

            return routing_control_call(account, action, asked)

        result: dict[str, Any] = await self.in_thread(call)
        return result

    def stack_id(self, account: str, region: str, name: str) -> str | None:
        """The id of a stack that is there. Blocking: see `in_thread`."""
        from moto.cloudformation.models import cloudformation_backends

        stacks = list(cloudformation_backends[account][region].stacks.values())
        return next((str(stack.stack_id) for stack in stacks if name in (stack.name, stack.stack_id)), None)

    async def settle(self, zone_id: str | None, version: int | None = None) -> None:
        """All name servers have a zone of Route 53 up to this version (no zone: everything that is kept)."""
        if "moto.route53.models" not in sys.modules:
            return
        from sandbox.aws.services.route53 import snapshot

        work = snapshot.settle_all if zone_id is None else lambda: snapshot.settle(zone_id, version)
        await self.in_thread(work)

    async def reset(self) -> None:
        """Empty every service of every account."""
        await self.in_thread(reset_moto)
        self.latencies.clear()
        self.flows.clear()
        self.object_metrics.clear()

    def on_event(self, record: Mapping[str, Any]) -> None:
        """A listener for `Spoke.on_event`: what becomes metrics."""
        self.latencies.on_event(record)
        self.flows.on_event(record)
        self.object_metrics.on_event(record)

    def close(self) -> None:
        """Wait for no thread: long polls may have 20 s to go."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)


def kind_of_wait(request: Request, service: str) -> Wait:
    """Whose threads serve this call."""
    if service == "cloudformation" and form_action(request) in MAKES_RESOURCES:
        return "stack"
    return "poll" if is_long_poll(request) else "call"


def is_long_poll(request: Request) -> bool:
    """Whether moto may hold this call for seconds: it does so for SQS ReceiveMessage only."""
    target = request.headers.get("x-amz-target")
    if target is not None:
        return target == "AmazonSQS.ReceiveMessage"
    return b"Action=ReceiveMessage" in request.body or "Action=ReceiveMessage" in request.query


def moto_environ(request: Request, *, account: str, service: str, region: str) -> dict[str, Any]:
    """The request as moto's application must see it to reach this service, region and account."""
    path, host = (bucket_as_path(request), None) if service == "s3" else (None, None)
    if path is not None:
        host = "localhost"
    environ = environ_of(request, path=path, host=host)
    environ["HTTP_X_MOTO_ACCOUNT_ID"] = account
    if service == "s3" and request.method == "PUT" and environ.get("CONTENT_TYPE", "").startswith(FORM):
        environ["CONTENT_TYPE"] = "binary/octet-stream"  # curl and urllib say so of any body; moto would read a form
    if service != "s3" and not environ.get("HTTP_AUTHORIZATION", "").startswith("AWS4-HMAC-SHA256 Credential="):
        # moto finds services by the signature; presigned and open calls have none there.
        environ["HTTP_AUTHORIZATION"] = (
            f"AWS4-HMAC-SHA256 Credential={account}/20260101/{region or 'us-east-1'}/{service}/aws4_request, "
            "SignedHeaders=host, Signature=0"
        )
    return environ


def bucket_as_path(request: Request) -> str | None:
    """`/bucket/key` for a request whose host names S3 (with or without a bucket), None when the path is right already.

    moto would read the bucket out of any dotted host name, `s3.localhost.localstack.cloud` among them.
    """
    host = host_of(request)
    if host is None or not host.service.startswith("s3") or host.service == "s3-control":
        return None
    return request.path if host.prefix is None else f"/{host.prefix}{request.path}"


def as_refusal(failure: BaseException, service: str, request: Request) -> Refusal:
    """What went wrong inside moto, as a caller should hear it."""
    if isinstance(failure, Refusal):
        return failure
    from botocore.model import OperationNotFoundError

    if isinstance(
        failure, NotImplementedError | OperationNotFoundError
    ):  # what moto raises for actions and paths it has not
        return not_emulated(f"{action_of(request)} of {service}")
    if type(failure).__module__.startswith("docker."):  # Lambda, Batch: moto runs them in containers
        return not_emulated(f"{action_of(request)} of {service}", instead="moto needs a Docker engine for it.")
    print(f"moto failed at {action_of(request)} of {service}:", file=sys.stderr)
    traceback.print_exception(failure, file=sys.stderr)
    return Refusal("InternalFailure", f"the emulator failed at this call: {failure!r}", status=500, definite=False)


def action_of(request: Request) -> str:
    """A name for the call in messages: the action, or method and path."""
    target = request.headers.get("x-amz-target")
    return (target or "").rpartition(".")[2] or form_action(request) or f"{request.method} {request.path}"


def moto_application() -> Application:
    """moto's dispatcher over one Flask application per service; exceptions are left in the environment."""
    prepare_moto()
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.exceptions import NotFound

    def create(service: Any) -> Any:
        if service is None:
            raise NotImplementedError("no such service")
        application = create_backend_app(service)
        application.debug = False
        application.url_map.merge_slashes = False  # S3 keys may hold "//"
        application.register_error_handler(NotFound, no_such_path)
        application.register_error_handler(Exception, leave_failure)
        return application

    def leave_failure(failure: Exception) -> Any:
        from flask import request as present
        from werkzeug.exceptions import HTTPException

        if isinstance(failure, HTTPException):
            return failure  # moto's own errors of older services
        present.environ[FAILURE_KEY] = failure
        return "", 500

    def no_such_path(_: Exception) -> Any:
        return leave_failure(NotImplementedError("no such path"))

    return DomainDispatcherApplication(create)


def uses_ec2(service: str) -> bool:
    """Whether moto's code of a service makes things of EC2: import it, and see."""
    from moto.backends import get_backend, list_of_moto_modules

    if service in list_of_moto_modules():
        get_backend(service)  # type: ignore[call-overload]  # as moto does at the first call
    return "moto.ec2.models" in sys.modules


def install(name: str, *given: Any) -> None:
    """Put one of `aws/services/` in place. given: what it needs of ours."""
    import_module(f"sandbox.aws.services.{name}.models").install(*given)


def account_of_key(access_key: str) -> str | None:
    """Whose access key this is."""
    prepare_moto()
    from moto.iam.models import iam_backends

    for account, partitions in list(iam_backends.items()):
        for backend in list(partitions.values()):
            if access_key in backend.access_keys:
                return str(account)
    return None


def reset_moto() -> None:
    """Empty every service that was used."""
    prepare_moto()
    from moto.core.base_backend import BackendDict

    BackendDict.reset()
