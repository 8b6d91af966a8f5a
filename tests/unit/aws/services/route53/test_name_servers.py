"""Name servers look like AWS's."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.services.route53.name_servers import STRIPES, are_related, candidates, name_servers, server
from sandbox.kernel.errors import Refusal


@given(st.text())
def test_four_servers_one_of_each_stripe(purpose: str) -> None:
    names = name_servers(purpose)
    assert names == name_servers(purpose)
    for stripe, name in enumerate(names):
        match = re.fullmatch(r"ns-(\d+)\.awsdns-(\d\d)\.(.+)", name)
        assert match is not None
        number, group, domain = int(match[1]), int(match[2]), match[3]
        assert domain == STRIPES[stripe]
        assert number // 512 == stripe
        assert group == number % 512 // 8


def test_relatives_share_no_server_and_strangers_two_at_most() -> None:
    """R53 4.6. The same purpose throughout, so that chance does not help: each would get the same four."""
    first = name_servers("same")
    relative = name_servers("same", apart=[first], others=[first])
    assert not set(first) & set(relative)
    stranger = name_servers("same", others=[first, relative])
    for servers in (first, relative):
        assert len(set(stranger) & set(servers)) <= 2
    assert name_servers("same", others=[first[:2]])[:2] == first[:2], "two may be shared"


def test_as_many_relatives_as_a_stripe_has_servers() -> None:
    """512 relatives have every server of a stripe; the 513th has none."""
    apart = [candidates("x", {server(0, number) for number in range(taken)}) for taken in range(511)]
    assert len(set(name_servers("x", apart))) == 4
    with pytest.raises(Refusal) as refused:
        name_servers("x", [[server(stripe, number) for stripe in range(4)] for number in range(512)])
    assert (refused.value.code, refused.value.status) == ("ConflictingDomainExists", 400)


def test_relatives_have_one_name_or_lie_above_each_other() -> None:
    assert are_related("example.test.", "example.test.")
    assert are_related("a.b.example.test.", "example.test.")
    assert are_related("example.test.", "b.example.test.")
    assert not are_related("anexample.test.", "example.test.")
    assert not are_related("a.example.test.", "b.example.test.")
