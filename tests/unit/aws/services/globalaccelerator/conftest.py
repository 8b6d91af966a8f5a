"""Global Accelerator behind boto3, in this process: moto serves it, the world around it is the test's."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core.base_backend import BackendDict

from sandbox.aws.services.globalaccelerator.models import GlobalAcceleratorBackend, install
from sandbox.aws.services.globalaccelerator.values import Surroundings
from sandbox.geography.addresses import application_addresses

ACCOUNT = "123456789012"  # moto's own
DUBLIN, VIRGINIA = "eu-west-1", "us-east-1"
HTTP = {"FromPort": 80, "ToPort": 80}


def load_balancer(region: str, name: str = "app", account: str = ACCOUNT) -> str:
    """An ARN of the load balancer that stands before a region's application."""
    return f"arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/0123456789abcdef"


def client(service: str, region: str) -> Any:
    return boto3.client(service, region_name=region, aws_access_key_id="x", aws_secret_access_key="x")


class World:
    """A client, a clock that is set by hand, and what the edges saw."""

    def __init__(self, api: Any) -> None:
        self.now_s = 1_767_225_600.0
        self.seen: dict[str, Any] = {}
        self.api = api
        self.around = Surroundings(
            now_s=lambda: self.now_s,
            deploy_s=10.0,
            addresses=application_addresses([VIRGINIA, DUBLIN]),
            health=lambda accelerator_id: self.seen.get(accelerator_id, {}),
        )
        self._names = itertools.count(1)

    @staticmethod
    def client(service: str, region: str) -> Any:
        return client(service, region)

    def accelerator(self, **options: Any) -> dict[str, Any]:
        asked = {"Name": f"a{next(self._names)}"} | options
        made: dict[str, Any] = self.api.create_accelerator(**asked)["Accelerator"]
        return made

    def listener(self, accelerator: str = "", *, ports: Any = (HTTP,), protocol: str = "TCP", **options: Any) -> str:
        """The ARN of a new listener, of a new accelerator unless one is given."""
        arn = accelerator or self.accelerator()["AcceleratorArn"]
        made = self.api.create_listener(AcceleratorArn=arn, PortRanges=list(ports), Protocol=protocol, **options)
        return str(made["Listener"]["ListenerArn"])

    def group(self, listener: str = "", *, region: str = DUBLIN, **options: Any) -> dict[str, Any]:
        made = self.api.create_endpoint_group(
            ListenerArn=listener or self.listener(), EndpointGroupRegion=region, **options
        )
        found: dict[str, Any] = made["EndpointGroup"]
        return found

    def refused(self, code: str, call: Any, **asked: Any) -> str:
        """The words of a refusal with this code; boto3 has a type for each code of the model (section 1)."""
        with pytest.raises(self.api.exceptions.ClientError) as caught:
            call(**asked)
        error = caught.value.response
        assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == (code, 400)
        assert type(caught.value) is getattr(self.api.exceptions, code)
        return str(error["Error"]["Message"])


@pytest.fixture(scope="module")
def api() -> Iterator[Any]:
    """One client for the tests of a module: to make it takes a tenth of a second."""
    install(Surroundings())
    with mock_aws():
        yield client("globalaccelerator", "us-west-2")


@pytest.fixture
def world(api: Any) -> Iterator[World]:
    before = GlobalAcceleratorBackend.around
    made = World(api)
    install(made.around)
    yield made
    GlobalAcceleratorBackend.around = before
    BackendDict.reset()


@pytest.fixture
def balancer() -> Any:
    return load_balancer
