"""Zones by name, page by page; the calls themselves are made by boto3 in tests/live/aws/."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.services.route53.models import SandboxRoute53Backend
from sandbox.aws.services.route53.zone_responses import ZoneResponses
from sandbox.kernel.errors import Refusal

NAMES = ("b.test", "a.test", "z.a.test", "a.other", "a.test")  # the last one is a second zone of that name
IN_ORDER = ["a.other.", "a.test.", "a.test.", "z.a.test.", "b.test."]


class Asked(ZoneResponses):
    """A handler with these parameters."""

    backend: Any = None

    def __init__(self, backend: Any, **parameters: Any) -> None:
        self.backend = backend
        self._get_param = parameters.get  # type: ignore[method-assign, assignment]


@pytest.fixture
def backend() -> Any:
    made = SandboxRoute53Backend("aws", "000000000000")
    for number, name in enumerate(NAMES):
        made.create_hosted_zone(name, private_zone=False, caller_reference=str(number))
    return made


def names(backend: Any, **parameters: Any) -> tuple[list[str], dict[str, Any]]:
    answer = Asked(backend, **parameters).list_hosted_zones_by_name().result
    return [zone.name for zone in answer["HostedZones"]], answer


def test_zones_are_sorted_by_reversed_labels_from_a_name_on(backend: Any) -> None:
    assert names(backend)[0] == IN_ORDER
    assert names(backend, DNSName="a.test")[0] == IN_ORDER[1:]
    assert names(backend, DNSName="aa.test")[0] == ["b.test."], "a name that has no zone is a place in the order too"


def test_the_next_page_begins_where_the_last_one_said(backend: Any) -> None:
    found: list[str] = []
    parameters: dict[str, Any] = {}
    for _ in range(5):
        listed, answer = names(backend, MaxItems="1", **parameters)
        found += listed
        parameters = {"DNSName": answer.get("NextDNSName"), "HostedZoneId": answer.get("NextHostedZoneId")}
    assert (found, answer["IsTruncated"], answer["MaxItems"]) == (IN_ORDER, False, "1")


def test_a_zone_id_alone_is_no_start(backend: Any) -> None:
    with pytest.raises(Refusal) as refused:
        names(backend, HostedZoneId="Z1")
    assert refused.value.code == "InvalidInput"


def test_relatives_share_no_name_server(backend: Any) -> None:
    """R53 4.6; a zone below all of them is a relative of none of the others."""
    servers = [(zone.name, set(zone.delegation_set.name_servers)) for zone in backend.zones.values()]
    same = [found for name, found in servers if name.endswith("a.test.")]
    assert len(set().union(*same)) == 4 * len(same) == 12


@pytest.mark.parametrize("name", ["*.example.test", "a..test", f"{'x' * 64}.test", "a b.test", ""])
def test_what_is_no_zone_name_is_refused(backend: Any, name: str) -> None:
    """R53 4.5: a wildcard cannot be the leftmost label of a zone."""
    with pytest.raises(Refusal) as refused:
        backend.create_hosted_zone(name, private_zone=False, caller_reference="x")
    assert (refused.value.code, refused.value.status) == ("InvalidDomainName", 400)
