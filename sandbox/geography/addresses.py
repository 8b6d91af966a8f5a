"""Who has which virtual address. Pure, and a bijection: no address has two owners.

    198.18.n.0/24       AWS region n, in the order of this sandbox: .10 application, .20 API gateway, .30 AWS endpoints
    198.19.n.0/24       edge location n, in file order: .10 the service, .1 the edge as a client (of an origin)
    100.64.n.0/24       city n's clients, in file order, own cities after them (1 to 127)
    100.64.(128+n).0/24 clients standing in AWS region n, all regions in file order
    192.0.2.n, 198.51.100.n  the static addresses of one accelerator, one in each network zone

In: an atlas and the regions that run. Out: addresses, and owners and places of addresses. `dns` asks `place_of` for a
client subnet, `proxy` and the planet ask `owner` for a destination. 198.18.0.0/15 is set aside for benchmarks
(RFC 2544) and 100.64.0.0/10 for carriers' own networks (RFC 6598), so none of them is anybody's on the Internet.
Anycast addresses (RFC 5737) belong to accelerators, not to places: control hands out the pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sandbox.geography.atlas import Atlas
from sandbox.geography.values import Owner, RegionRole
from sandbox.kernel.errors import bad_setting, unknown

LAST_CITY_NUMBER = 127  # 128 and up are the clients in regions
LAST_REGION_CLIENT_NUMBER = 127
LAST_SUBNET_NUMBER = 255
REPLICATION_PORT = 7000  # of a region's AWS address, where other regions knock; 7000 is nobody's in AWS
CLIENT_HOST = "1"
EDGE_HOST = "10"
REGION_HOSTS: tuple[tuple[RegionRole, str], ...] = (("app", "10"), ("api", "20"), ("aws", "30"))
ANYCAST_ZONES = ("192.0.2", "198.51.100")  # one prefix for each network zone
ANYCAST_PAIRS = 254
OCTETS = frozenset(str(octet) for octet in range(256))


class AddressPlan:
    """The addresses of one sandbox. regions: the codes of those that run, in sandbox order."""

    def __init__(self, atlas: Atlas, regions: Sequence[str]) -> None:
        self.regions = checked_regions(atlas, regions)
        self._atlas = atlas
        self._client_prefixes = {
            **_numbered("100.64", atlas.cities, 0, LAST_CITY_NUMBER, "cities"),
            **_numbered("100.64", atlas.regions, 128, LAST_REGION_CLIENT_NUMBER, "AWS regions"),
            **_numbered("198.19", atlas.edges, 0, LAST_SUBNET_NUMBER, "edge locations"),
        }
        self._region_prefixes = _numbered("198.18", self.regions, 0, LAST_SUBNET_NUMBER, "regions")
        self._places = {
            prefix: place
            for prefixes in (self._client_prefixes, self._region_prefixes)
            for place, prefix in prefixes.items()
        }
        self._owners = {
            f"{prefix}.{host}": Owner(place=region, role=role)
            for region, prefix in self._region_prefixes.items()
            for role, host in REGION_HOSTS
        }
        for edge in atlas.edges:
            self._owners[self.edge_address(edge)] = Owner(place=edge, role="edge")

    def client_subnet(self, place: str) -> str:
        """The /24 that clients in a place come from; what `dig +subnet=` takes."""
        return f"{self._client_prefixes[self._atlas.place(place).code]}.0/24"

    def client_address(self, place: str) -> str:
        """The address a client in a place is seen with."""
        return f"{self._client_prefixes[self._atlas.place(place).code]}.{CLIENT_HOST}"

    def region_address(self, region: str, role: RegionRole) -> str:
        """The address of a running region's application, API gateway or AWS endpoints; a Refusal if it does not run."""
        prefix = self._region_prefixes.get(region) or self._region_prefixes.get(region.lower())
        if prefix is None:
            raise unknown("region", region, self.regions, see="sandbox status")
        return f"{prefix}.{dict(REGION_HOSTS)[role]}"

    def edge_address(self, edge: str) -> str:
        """The address at which an edge location serves."""
        code = self._atlas.place(edge).code
        if code not in self._atlas.edges:
            raise unknown("edge location", edge, self._atlas.edges, see="sandbox places")
        return f"{self._client_prefixes[code]}.{EDGE_HOST}"

    def owner(self, ip: str) -> Owner | None:
        """Who answers at an address; None where nobody does (client addresses included)."""
        return self._owners.get(ip)

    def place_of(self, ip: str) -> str | None:
        """The place an address is in, whether a client's or a service's; None outside the plan or when malformed."""
        prefix, _, host = ip.rpartition(".")
        return self._places.get(prefix) if host in OCTETS else None


def application_addresses(regions: Sequence[str]) -> dict[str, str]:
    """The application's address of each region that runs, in sandbox order; what an AddressPlan says too."""
    prefixes = _numbered("198.18", regions, 0, LAST_SUBNET_NUMBER, "regions")
    return {region: f"{prefix}.{dict(REGION_HOSTS)['app']}" for region, prefix in prefixes.items()}


def anycast_pair(number: int) -> tuple[str, str]:
    """The two static addresses of the accelerator that has this number, 1 to ANYCAST_PAIRS."""
    assert 1 <= number <= ANYCAST_PAIRS, number
    first, second = ANYCAST_ZONES
    return f"{first}.{number}", f"{second}.{number}"


def checked_regions(atlas: Atlas, regions: Sequence[str]) -> tuple[str, ...]:
    """The codes of `regions` if each is an AWS region and none comes twice; else a Refusal."""
    codes: list[str] = []
    for region in regions:
        code = region.lower()
        if code not in atlas.regions:
            raise unknown("region", region, atlas.regions, see="sandbox places")
        if code in codes:
            raise bad_setting("regions", f"{code} is named twice")
        codes.append(code)
    return tuple(codes)


def _numbered(network: str, places: Iterable[str], base: int, most: int, what: str) -> dict[str, str]:
    """The /24 prefix of each place: number 1 and up from `base`, in the order given."""
    codes = tuple(places)
    if len(codes) > most:
        raise bad_setting(what, f"{len(codes)} do not fit the address plan, which has room for {most}")
    return {code: f"{network}.{base + number}" for number, code in enumerate(codes, start=1)}
