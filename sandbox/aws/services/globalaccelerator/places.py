"""Regions that endpoint groups can be in (section 5): AWS's, of the partition that has the service."""

from __future__ import annotations

from functools import cache

from moto.core.base_backend import AccountSpecificBackend

from sandbox.aws.services.globalaccelerator.exceptions import InvalidArgumentException
from sandbox.kernel.errors import did_you_mean


@cache
def regions() -> frozenset[str]:
    """Their codes, as botocore knows them."""
    return frozenset(AccountSpecificBackend.get_session().get_available_regions("ec2"))


def check_region(region: str) -> None:
    """An InvalidArgumentException for what is no region; one that does not run here may have an empty group."""
    if region not in regions():
        raise InvalidArgumentException(f"{region!r} is not an AWS Region.{did_you_mean(region, sorted(regions()))}")
