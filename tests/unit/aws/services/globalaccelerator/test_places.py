"""Regions that groups can be in."""

from __future__ import annotations

import pytest

from sandbox.aws.services.globalaccelerator.exceptions import InvalidArgumentException
from sandbox.aws.services.globalaccelerator.places import check_region


def test_regions_of_aws_can_be_whether_they_run_here_or_not() -> None:
    for region in ("us-east-1", "eu-west-1", "ap-northeast-1", "sa-east-1"):
        check_region(region)


@pytest.mark.parametrize("region", ["eu-west-9", "paris", "", "cn-north-1"])
def test_what_is_no_region_is_named(region: str) -> None:
    """Section 1: not offered in the China partition."""
    with pytest.raises(InvalidArgumentException, match=f"'{region}'"):
        check_region(region)


def test_a_slip_is_met_with_a_guess() -> None:
    with pytest.raises(InvalidArgumentException, match=r"Did you mean .*eu-west-1"):
        check_region("eu-west-9")
