"""Name servers look like AWS's."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from sandbox.aws.services.route53.name_servers import STRIPES, name_servers


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
