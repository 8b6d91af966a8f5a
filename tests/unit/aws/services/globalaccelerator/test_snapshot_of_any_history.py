"""Whatever was asked in whatever order, what is published can be read by the data plane, and nothing is given twice."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from moto.core.base_backend import BackendDict
from moto.core.exceptions import ServiceException

from sandbox.accelerator.values import parse_accelerator
from sandbox.aws.services.globalaccelerator.models import GlobalAcceleratorBackend, globalaccelerator_backends, install
from sandbox.aws.services.globalaccelerator.snapshot import topics
from sandbox.aws.services.globalaccelerator.values import Surroundings
from sandbox.geography.addresses import application_addresses

ACCOUNTS = ("000000000000", "111122223333")
REGIONS = ("us-east-1", "eu-west-1")
BALANCER = "arn:aws:elasticloadbalancing:{}:{}:loadbalancer/{}/app/0123456789abcdef"

backends = st.sampled_from(ACCOUNTS)
picks = st.integers(0, 100)
ports = st.tuples(st.integers(1, 9), st.integers(0, 2)).map(lambda pair: {"FromPort": pair[0], "ToPort": sum(pair)})
configurations = st.lists(
    st.tuples(st.sampled_from(["app", "net"]), st.integers(0, 255)), max_size=3
)  # kind of load balancer, weight


class AnyHistory(RuleBasedStateMachine):
    """Two accounts, and calls that the service may refuse."""

    def __init__(self) -> None:
        super().__init__()
        BackendDict.reset()
        install(Surroundings(addresses=application_addresses(REGIONS)))
        self.tokens = itertools.count()
        for account in ACCOUNTS:
            self.ask(self.backend(account).create_accelerator, Name="first", Enabled=True)

    def ask(self, call: Any, **asked: Any) -> None:
        with contextlib.suppress(ServiceException):  # a refusal must only leave things as they are
            call({"IdempotencyToken": str(next(self.tokens)), **asked})

    def backend(self, account: str) -> GlobalAcceleratorBackend:
        return globalaccelerator_backends[account]["aws"]

    def pick(self, account: str, number: int, depth: int) -> str:
        """An ARN of an accelerator, listener or group that is there; "" when there is none."""
        arns = list(self.backend(account).accelerators.values())
        found: list[Any] = arns
        if depth > 0:
            found = [listener for accelerator in arns for listener in accelerator.listeners.values()]
        if depth > 1:
            found = [group for listener in found for group in listener.groups.values()]
        return found[number % len(found)].arn if found else ""

    @rule(account=backends, enabled=st.booleans())
    def create_accelerator(self, account: str, enabled: bool) -> None:
        self.ask(self.backend(account).create_accelerator, Name="a", Enabled=enabled)

    @rule(account=backends, pick=picks, enabled=st.booleans())
    def switch(self, account: str, pick: int, enabled: bool) -> None:
        arn = self.pick(account, pick, 0)
        self.ask(self.backend(account).update_accelerator, AcceleratorArn=arn, Enabled=enabled)

    @rule(
        account=backends,
        pick=picks,
        given=st.lists(ports, min_size=1, max_size=2),
        protocol=st.sampled_from(["TCP", "UDP"]),
    )
    def create_listener(self, account: str, pick: int, given: Any, protocol: str) -> None:
        arn = self.pick(account, pick, 0)
        self.ask(self.backend(account).create_listener, AcceleratorArn=arn, PortRanges=given, Protocol=protocol)

    @rule(account=backends, pick=picks, given=st.lists(ports, min_size=1, max_size=2))
    def update_listener(self, account: str, pick: int, given: Any) -> None:
        self.ask(self.backend(account).update_listener, ListenerArn=self.pick(account, pick, 1), PortRanges=given)

    @rule(account=backends, pick=picks, region=st.sampled_from(REGIONS), given=configurations)
    def create_group(self, account: str, pick: int, region: str, given: Any) -> None:
        self.ask(
            self.backend(account).create_endpoint_group,
            ListenerArn=self.pick(account, pick, 1),
            EndpointGroupRegion=region,
            EndpointConfigurations=[
                {"EndpointId": BALANCER.format(region, account, kind), "Weight": weight} for kind, weight in given
            ],
        )

    @rule(account=backends, pick=picks, dial=st.integers(0, 100), port=st.integers(1, 20))
    def update_group(self, account: str, pick: int, dial: int, port: int) -> None:
        self.ask(
            self.backend(account).update_endpoint_group,
            EndpointGroupArn=self.pick(account, pick, 2),
            TrafficDialPercentage=dial,
            PortOverrides=[{"ListenerPort": port % 9 + 1, "EndpointPort": port}],
        )

    @rule(account=backends, pick=picks, depth=st.integers(0, 2))
    def delete(self, account: str, pick: int, depth: int) -> None:
        backend = self.backend(account)
        calls: list[Any] = [backend.delete_accelerator, backend.delete_listener, backend.delete_endpoint_group]
        arn = self.pick(account, pick, depth)
        self.ask(lambda asked: calls[depth](arn))

    @invariant()
    def the_data_plane_can_read_it(self) -> None:
        read = [parse_accelerator(topic.removeprefix("accelerator/"), value) for topic, value in topics().items()]
        addresses = [address for accelerator in read for address in accelerator.addresses]
        assert len(set(addresses)) == len(addresses) == 2 * len(read)
        for accelerator in read:
            for protocol in ("TCP", "UDP"):
                taken = [
                    port
                    for listener in accelerator.listeners
                    if listener.protocol == protocol
                    for first, last in listener.port_ranges
                    for port in range(first, last + 1)
                ]
                assert len(set(taken)) == len(taken), "two listeners of one protocol share a port"
            listened = {
                port
                for listener in accelerator.listeners
                for first, last in listener.port_ranges
                for port in range(first, last + 1)
            }
            for listener in accelerator.listeners:
                assert len({group.region for group in listener.groups}) == len(listener.groups)
            assert not listened & {port for group in accelerator.groups() for port in group.port_overrides.values()}

    def teardown(self) -> None:
        BackendDict.reset()
        install(Surroundings())


AnyHistory.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestAnyHistory = AnyHistory.TestCase
