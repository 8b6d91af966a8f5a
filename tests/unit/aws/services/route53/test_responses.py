"""Every address of the API leads to our handler, and every operation that ours adds has a method."""

from __future__ import annotations

import re

from moto.core.utils import method_names_from_class

from sandbox.aws.services.route53.responses import Route53Response
from sandbox.aws.services.route53.urls import url_paths

OURS = """
    change_cidr_collection create_cidr_collection delete_cidr_collection list_cidr_blocks list_cidr_collections
    list_cidr_locations get_geo_location list_geo_locations get_change get_health_check_count
"""


def test_every_address_is_answered_by_ours() -> None:
    assert [handler.__self__ for handler in url_paths.values()] == [Route53Response]
    (pattern,) = url_paths
    for path in ("hostedzone/Z1/rrset/", "cidrcollection", "trafficpolicy/1/2", "testdnsanswer"):
        assert re.fullmatch(pattern.format(""), f"/2013-04-01/{path}")


def test_moto_finds_the_methods_of_our_operations() -> None:
    assert set(OURS.split()) <= set(method_names_from_class(Route53Response))
