"""Two backends of EC2, in two regions, with a VPC each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from moto.ec2.models import ec2_backends

from sandbox.aws.services.ec2.models import install

ACCOUNT, OTHER_ACCOUNT = "000000000000", "111111111111"
HERE, THERE = "us-east-1", "eu-west-1"


@dataclass(frozen=True, kw_only=True)
class Two:
    """here, there: backends. mine, theirs: their VPCs' ids."""

    here: Any
    there: Any
    mine: str
    theirs: str

    def ask(self) -> Any:
        """A request from here to there."""
        return self.here.request_peering(self.mine, self.theirs, ACCOUNT, THERE)


@pytest.fixture(scope="session")
def lasting() -> Iterator[Any]:
    """moto's backends with ours in place; each takes a second to make."""
    before = ec2_backends.backend
    install()
    ec2_backends.reset()
    yield ec2_backends
    ec2_backends.reset()
    ec2_backends.backend = before


@pytest.fixture
def backends(lasting: Any) -> Any:
    """Without connections and interfaces of other tests."""
    for regions in lasting.values():
        for backend in regions.values():
            backend.vpc_pcxs.clear()
            backend.enis.clear()
    return lasting


@pytest.fixture
def two(backends: Any) -> Two:
    here, there = backends[ACCOUNT][HERE], backends[ACCOUNT][THERE]
    return Two(
        here=here, there=there, mine=here.create_vpc("10.1.0.0/16").id, theirs=there.create_vpc("10.2.0.0/16").id
    )
