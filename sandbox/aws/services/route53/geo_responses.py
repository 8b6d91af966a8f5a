"""The calls about places: parameters in, results in boto3's shape out."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from sandbox.aws.services.route53.geo_locations import CODES, find, pages_from
from sandbox.aws.services.route53.paging import checked_most


class GeoResponses:
    """A part of the handler."""

    _get_param: Any

    def get_geo_location(self) -> Any:
        """One place; the default when none is named."""
        wanted = {code: self._get_param(code) for code in CODES}
        return ActionResult({"GeoLocationDetails": find(wanted if any(wanted.values()) else {"CountryCode": "*"})})

    def list_geo_locations(self) -> Any:
        """A page of all places."""
        most = checked_most(self._get_param("MaxItems"))
        places, following = pages_from({code: self._get_param(f"Start{code}") for code in CODES}, most)
        result: dict[str, Any] = {
            "GeoLocationDetailsList": places,
            "IsTruncated": following is not None,
            "MaxItems": str(most),
        }
        return ActionResult(result | {f"Next{code}": (following or {}).get(code) for code in CODES})
