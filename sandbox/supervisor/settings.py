"""What a sandbox is told before it starts: one frozen value, the same in every program.

Made by `settings_sources.load_settings` (flags, variables, files); handed to the supervisor as JSON on its command
line. Nothing here reads a file or a variable, and pydantic is not imported: the programs need only this module.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.geography.values import Place
from sandbox.kernel.errors import bad_setting

ANY_PORT = 0  # how "auto" is written in a `Ports`: the program takes a free one and says which in the card
FIRST_REGION_PORT = 4601
DEFAULT_REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")  # an ocean between each two of them
DEFAULT_PLACE = "paris"  # near one region and an ocean away from the other two: a routing policy shows at once
DEFAULT_ACCOUNT = "000000000000"
MOTO = "moto"  # the engine of a region that names no other: the one moto in control


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Ports on 127.0.0.1 (`dns`: UDP and TCP); 0 is any free one. regions: front door of each region."""

    aws: int = 4566
    dns: int = 8053
    proxy: int = 3128
    console: int = 4500
    regions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RegionSettings:
    """One region's own settings. app: whether demo_app runs there; environment: variables added to its process.

    engine: who serves what the region does not serve itself: "moto" (control's), or the URL of an AWS endpoint.
    """

    app: bool = True
    engine: str = MOTO
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of a sandbox.

    cities: places of one's own beside the known ones. engine: of regions that name none of their own.
    speed: service timers run this many times as fast. seed: None draws one and prints it. default_place: where a client
    stands that names no place. checkers_per_region: health checkers in each of Route 53's checker places.
    legacy_global_tables: global tables of version 2017.11.29, which AWS now refuses to make, can be made.
    dns_propagation_s: how long a change of Route 53 stays PENDING (in a sandbox of speed 1) once DNS answers by it.
    route53_quotas: those that are not AWS's; the keys are those of aws/services/route53/quotas.py.
    accelerator_deploy_s: how long a change of Global Accelerator stays IN_PROGRESS (in a sandbox of speed 1).
    console_host: the address where the console and the API listen; beyond this machine they need a console_token, which
    every request must then show.
    route53_throttling: whether calls of Route 53 are limited as AWS limits them.
    latencies: a CSV file of the user's own latencies (geography/own_latencies.py), as a whole path.
    uneven_paths: paths have the jitter that was measured; off, so that times repeat and lessons are clear.
    region_settings: one entry for each of `regions`. places: how names are looked up in a place, by its code; the keys
    are those of dns/habits.py.
    """

    regions: tuple[str, ...] = DEFAULT_REGIONS
    cities: tuple[Place, ...] = ()
    engine: str = MOTO
    speed: float = 1.0
    seed: int | None = None
    ports: Ports = field(default_factory=Ports)
    default_place: str = DEFAULT_PLACE
    account: str = DEFAULT_ACCOUNT
    allow_internet: bool = False
    checkers_per_region: int = 2
    dns_propagation_s: float = 0.2
    route53_quotas: Mapping[str, int] = field(default_factory=dict)
    accelerator_deploy_s: float = 2.0
    console_host: str = "127.0.0.1"
    console_token: str = ""
    route53_throttling: bool = False
    app: bool = True
    legacy_global_tables: bool = False
    latencies: str | None = None
    uneven_paths: bool = False
    region_settings: Mapping[str, RegionSettings] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def to_json(self) -> str:
        """One line, for `python -m sandbox.supervisor --settings`."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """The settings that `to_json` wrote; a Refusal for anything else."""
        try:
            fields: dict[str, Any] = json.loads(text)
            return cls(
                **{
                    **fields,
                    "regions": tuple(fields["regions"]),
                    "cities": tuple(Place(**city) for city in fields["cities"]),
                    "ports": Ports(**fields["ports"]),
                    "region_settings": {code: RegionSettings(**own) for code, own in fields["region_settings"].items()},
                }
            )
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise bad_setting("--settings", f"not the JSON that Settings.to_json writes: {error}") from error


def region_ports(regions: tuple[str, ...], first_port: int, own: Mapping[str, int]) -> dict[str, int]:
    """The front door of each region: its own port, or the next one counted from `first_port` (0: any)."""
    step = 1 if first_port else 0
    return {code: own.get(code, first_port + step * number) for number, code in enumerate(regions)}
