"""A hosted zone: moto's, with record sets in our own store.

In: what batches and stacks change. Out: pages for ListResourceRecordSets, and the zone as it is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.route53.models import FakeZone, route53_backends

from sandbox.aws.services.route53.record_store import Key, RecordSet, ZoneRecords
from sandbox.aws.services.route53.records import normal_name

SOA_TAIL = "awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
SOA_TTL_S, NS_TTL_S = 900, 172800


class Zone(FakeZone):
    """One hosted zone. version: counts what was published of it. made: hidden and root sets by traffic policy instance.

    Attributes of moto's that are not used any more: rr_changes.
    """

    records: ZoneRecords
    version: int
    made: dict[str, tuple[RecordSet, ...]]
    _published: tuple[int, dict[str, Any]] | None

    @property
    def rrsets(self) -> Any:
        """What moto's own code still asks for."""
        return self.records.all()

    @rrsets.setter
    def rrsets(self, _: Any) -> None:
        raise AssertionError("record sets are changed by `change`")

    @property
    def resource_record_set_count(self) -> int:
        return len(self.records)

    def change(self, delta: Mapping[Key, RecordSet | None]) -> None:
        """Take over what a batch changed."""
        self.records.apply(delta)
        self.version += 1

    def put_made(self, instance_id: str, records: tuple[RecordSet, ...] | None) -> None:
        """The sets that a traffic policy instance implies; None takes them away."""
        if records is None:
            self.made.pop(instance_id, None)
        else:
            self.made[instance_id] = records
        self.version += 1

    def published(self) -> dict[str, Any]:
        """The zone as the planet is told; the same object while nothing changes."""
        kept = self._published
        if kept is not None and kept[0] == self.version:
            return kept[1]
        version = self.version
        value = {
            "id": self.resource_id,
            "name": normal_name(self.name),
            "name_servers": list(self.delegation_set.name_servers) if self.delegation_set else [],
            "private": bool(self.private_zone),
            "version": version,
            "records": self._published_records(),
        }
        self._published = version, value
        return value

    def _published_records(self) -> list[RecordSet]:
        """In place of the root of a traffic policy instance: all that the instance made."""
        listed = self.records.all()
        if not self.made:
            return listed
        found: list[RecordSet] = []
        for record_set in listed:
            instance = record_set.get("TrafficPolicyInstanceId")
            found += [record_set] if instance is None else self.made.get(instance, ())
        return found

    def delete(self, account_id: str, region: str) -> None:
        """CloudFormation: the stack is deleted."""
        route53_backends[account_id]["aws"].delete_hosted_zone(self.resource_id)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_published": None}


def as_ours(zone: FakeZone) -> Zone:
    """moto's new zone as ours, with the NS and SOA that AWS gives it."""
    made: Any = zone
    del made.rrsets
    made.__class__ = Zone
    made.records, made.version, made.made, made._published = ZoneRecords(), 0, {}, None
    name, servers = made.name, made.delegation_set.name_servers
    soa = f"{servers[0]}. {SOA_TAIL}"
    own = (
        {"Name": name, "Type": "NS", "TTL": NS_TTL_S, "ResourceRecords": [{"Value": f"{host}."} for host in servers]},
        {"Name": name, "Type": "SOA", "TTL": SOA_TTL_S, "ResourceRecords": [{"Value": soa}]},
    )
    made.records.apply({(name, record_set["Type"], None): record_set for record_set in own})
    ours: Zone = made
    return ours
