"""What planet must know of private networks, read from moto's EC2: the topics `vpc/<region>`.

In: EC2 backends of all accounts. Out: for each region that has a network interface in a VPC: interfaces with their
route tables and security groups, VPC blocks, peering connections. Reads only; called in a thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends

from sandbox.aws.services.ec2.peerings import blocks_of

ANYWHERE = "0.0.0.0/0"


def topics() -> dict[str, Any]:
    """`vpc/<region>` -> its private networks, for regions that have any."""
    found: dict[str, dict[str, Any]] = {}
    for _, regions in sorted(ec2_backends.items()):
        for region, backend in sorted(regions.items()):
            told = networks_of(backend)
            if told is not None:
                _add(found.setdefault(f"vpc/{region}", told), told)
    return dict(found)


def _add(known: dict[str, Any], told: dict[str, Any]) -> None:
    """A region's networks of one more account."""
    if known is told:
        return
    for name in ("tables", "groups", "vpcs"):
        known[name].update(told[name])
    known["interfaces"] += told["interfaces"]
    known["peerings"] += told["peerings"]


def networks_of(backend: Any) -> dict[str, Any] | None:
    """One account in one region; None when nothing stands in a VPC."""
    interfaces = [each for each in list(backend.enis.values()) if is_up(each)]
    if not interfaces:
        return None
    now = utcnow()
    vpcs = {each.vpc_id: backend.vpcs[each.vpc_id] for each in interfaces if each.vpc_id in backend.vpcs}
    tables = {each.id: found for each in interfaces if (found := table_of(backend, each)) is not None}
    groups = {group.id: group for each in interfaces for group in each.group_set}
    return {
        "interfaces": [
            {
                "id": each.id,
                "address": address,
                "vpc": each.vpc_id,
                "table": tables[each.id].id,
                "groups": sorted(group.id for group in each.group_set),
            }
            for each in interfaces
            if each.id in tables
            for address in addresses_of(each)
        ],
        "tables": {table.id: rows_of(backend, table) for table in tables.values()},
        "groups": {
            group_id: {
                "inbound": [rule for each in group.ingress_rules for rule in rules_of(each)],
                "outbound": [rule for each in group.egress_rules for rule in rules_of(each)],
            }
            for group_id, group in groups.items()
        },
        "vpcs": {vpc_id: [str(block) for block in blocks_of(vpc)] for vpc_id, vpc in vpcs.items()},
        "peerings": [
            {"id": each.id, "state": each.state(now), "sides": [each.requester.vpc_id, each.accepter.vpc_id]}
            for each in list(backend.vpc_pcxs.values())
        ],
    }


def is_up(interface: Any) -> bool:
    """Of no instance, or of one that runs."""
    instance = interface.instance
    return instance is None or instance.state in ("pending", "running")


def addresses_of(interface: Any) -> list[str]:
    """Private addresses, the primary one first."""
    others = [each["PrivateIpAddress"] for each in interface.private_ip_addresses]
    return list(dict.fromkeys([interface.private_ip_address, *others]))


def table_of(backend: Any, interface: Any) -> Any | None:
    """The route table of an interface's subnet: its own, or the VPC's main one."""
    main = None
    for table in list(backend.route_tables.values()):
        if interface.subnet.id in table._associations.values():
            return table
        if table.vpc_id == interface.vpc_id and table.main_association_id is not None:
            main = table
    return main


def rows_of(backend: Any, table: Any) -> list[list[str]]:
    """Destination and target of each IPv4 route; all blocks of the VPC are local."""
    local = [[str(block), "local"] for block in blocks_of(backend.vpcs[table.vpc_id])]
    rows = [[route.destination_cidr_block, target_of(route)] for route in list(table.routes) if not route.local]
    return local + [row for row in rows if row[0] is not None]


def target_of(route: Any) -> str:
    """The id a route leads to."""
    names = ("vpc_peering_connection_id", "gateway_id", "nat_gateway_id", "transit_gateway_id", "network_interface_id")
    targets: Iterable[str | None] = (getattr(route, name) for name in names)
    return next((target for target in targets if target), "nowhere")


def rules_of(rule: Any) -> list[Mapping[str, Any]]:
    """One of moto's rules, as planet reads it; IPv6 ranges and prefix lists are left out."""
    block = rule.ip_range.get("CidrIp")
    group = rule.source_group.get("GroupId")
    if block is None and group is None:
        return []
    shared = {"protocol": rule.ip_protocol, "from_port": rule.from_port, "to_port": rule.to_port}
    return [{**shared, "block": block, "group": group}]
