"""Where settings come from, and which source wins: flag, then SANDBOX_* variable, then file, then default.

In: flags (or keyword arguments) and variables as plain mappings, the folder with the files. Out: one `Settings`. Each
source is checked by itself, so a complaint names the source; what only shows when all are put together (a default place
that no longer exists, two programs on one port) is checked last.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any

from sandbox.aws.services.route53.quotas import NAMES as QUOTAS
from sandbox.dns.habits import BadHabit, place_settings
from sandbox.geography.atlas import Atlas
from sandbox.geography.values import Place
from sandbox.kernel.errors import Refusal, bad_setting, did_you_mean
from sandbox.supervisor.settings import (
    ANY_PORT,
    DEFAULT_PLACE,
    DEFAULT_REGIONS,
    FIRST_REGION_PORT,
    MOTO,
    Ports,
    RegionSettings,
    Settings,
    region_ports,
)
from sandbox.supervisor.settings_file import REGIONS_FOLDER, read_region_files, read_settings_file, settings_path
from sandbox.supervisor.settings_input import (
    ALL,
    FIRST,
    CityInput,
    Location,
    PortsInput,
    RegionInput,
    SettingsInput,
    Source,
    Where,
    check_input,
)

VARIABLES = {  # variable -> setting
    "SANDBOX_REGIONS": "regions",
    "SANDBOX_ENGINE": "engine",
    "SANDBOX_SPEED": "speed",
    "SANDBOX_SEED": "seed",
    "SANDBOX_PORTS": "ports",
    "SANDBOX_DEFAULT_PLACE": "default_place",
    "SANDBOX_ACCOUNT": "account",
    "SANDBOX_ALLOW_INTERNET": "allow_internet",
    "SANDBOX_CHECKERS_PER_REGION": "checkers_per_region",
    "SANDBOX_DNS_PROPAGATION_S": "dns_propagation_s",
    "SANDBOX_ACCELERATOR_DEPLOY_S": "accelerator_deploy_s",
    "SANDBOX_ROUTE53_THROTTLING": "route53_throttling",
    "SANDBOX_APP": "app",
    "SANDBOX_LEGACY_GLOBAL_TABLES": "legacy_global_tables",
    "SANDBOX_CONSOLE_HOST": "console_host",
    "SANDBOX_CONSOLE_TOKEN": "console_token",
    "SANDBOX_LATENCIES": "latencies",
    "SANDBOX_UNEVEN_PATHS": "uneven_paths",
}
PORT_NAMES = ("aws", "dns", "proxy", "console", "regions")
OTHER_PORTS = f" There are {', '.join(PORT_NAMES)} and the regions' codes."
PORT_VARIABLES = {f"SANDBOX_{name.upper()}_PORT": name for name in PORT_NAMES}  # these win over SANDBOX_PORTS
PREFIX = "SANDBOX_"
CONTAINERS = ("COMPOSE_PROJECT", "HUB_PORT", "REGIONS_PORTS", "IMAGE", "BASE_IMAGE", "BUILD_CA", "BUILD_NETWORK")
OTHER_VARIABLES = (  # not settings
    *(
        "SANDBOX_HOME",
        "SANDBOX_CONFIG",
        "SANDBOX_TOKEN",
        "SANDBOX_TEST_CONTAINERS",
        "SANDBOX_TEST_DRILLS",
        "SANDBOX_SKIP_CONTAINERS",
    ),
    *(f"SANDBOX_{name}" for name in CONTAINERS),
)
KNOWN_VARIABLES = (*VARIABLES, *PORT_VARIABLES, *OTHER_VARIABLES)
LOOPBACK = "127.0.0.1"
PlaceOf = Callable[..., str]  # ("regions", 0) -> "sandbox.yaml, line 3", or "--regions"


def load_settings(
    *, flags: Mapping[str, Any], variables: Mapping[str, str], config: Path | None, folder: Path | None
) -> Settings:
    """All sources put together.

    flags: only those that were given (None counts as not given). variables: the process's environment. config: a file
    that must exist. folder: where a sandbox.yaml is read if there is one; None: nowhere.
    """
    path = settings_path(config, folder)
    sources = [
        *([beside_its_file(read_settings_file(path), path)] if path is not None else []),
        from_variables(variables),
        from_flags(flags),
    ]
    atlas = Atlas.load()
    beside = path.parent if path is not None else folder
    own = {} if beside is None else read_region_files(beside / REGIONS_FOLDER, atlas.regions)
    settings = put_together(sources, own, atlas)
    if settings.cities or settings.latencies:  # the atlas knows what makes a city or a row impossible, and refuses
        Atlas.load(extra_cities=settings.cities, latencies=settings.latencies)
    return settings


def beside_its_file(source: Source, path: Path) -> Source:
    """Paths in a settings file count from that file."""
    given = source.given.latencies
    if given is None:
        return source
    return replace(source, given=source.given.model_copy(update={"latencies": str((path.parent / given).resolve())}))


def from_flags(flags: Mapping[str, Any]) -> Source:
    """Flags, or keyword arguments of the Python API. Lists may be written `a,b`; None means not given."""
    given = {name: value for name, value in flags.items() if value is not None}
    return _from_words(given, lambda location: f"--{str(location[0]).replace('_', '-')}")


def from_variables(variables: Mapping[str, str]) -> Source:
    """SANDBOX_* variables; an empty one counts as not given, one that looks misspelt is refused."""
    for name in sorted(variables):
        if name.startswith(PREFIX) and name not in KNOWN_VARIABLES:
            _refuse_if_misspelt(name)
    given = {setting: variables[name] for name, setting in VARIABLES.items() if variables.get(name)}
    single = [f"{port}={variables[name]}" for name, port in PORT_VARIABLES.items() if variables.get(name)]
    if single:
        given["ports"] = ",".join([*([given["ports"]] if "ports" in given else []), *single])
    names: dict[Location, str] = {(setting,): name for name, setting in VARIABLES.items()}
    names |= {("ports", port): name for name, port in PORT_VARIABLES.items() if variables.get(name)}
    return _from_words(given, lambda location: names.get(location[:2]) or names[location[:1]])


def _refuse_if_misspelt(variable: str) -> None:
    """Other software has SANDBOX_* variables too, so only what is very near to one of ours is refused."""
    known = [name.removeprefix(PREFIX) for name in KNOWN_VARIABLES]
    if near := get_close_matches(variable.removeprefix(PREFIX), known, n=1, cutoff=0.75):
        raise bad_setting(variable, f"no setting has this name. Did you mean {PREFIX}{near[0]}?")


def _from_words(given: Mapping[str, Any], where: Where) -> Source:
    values = dict(given)
    if isinstance(values.get("regions"), str):
        values["regions"] = [word.strip() for word in values["regions"].split(",") if word.strip()]
    if isinstance(values.get("ports"), str):
        values["ports"] = parse_ports(values["ports"], where(("ports",)))
    if isinstance(values.get("engine"), str):
        values["engine"] = parse_engines(values["engine"], where(("engine",)))
    return Source(given=check_input(SettingsInput, values, where), where=where)


def parse_engines(text: str, where: str) -> dict[str, str]:
    """`moto`, an URL, or `us-east-1=http://a:4566,eu-west-1=http://b:4566`; a word without "=" is for all others."""
    engines: dict[str, str] = {}
    for word in (part.strip() for part in text.split(",")):
        region, equals, engine = word.partition("=")
        name, engine = (region, engine) if equals and "://" not in region else (ALL, word)
        if name in engines:
            raise bad_setting(where, f"the engine of {name} is given twice")
        engines[name] = engine
    return engines


def parse_ports(text: str, where: str) -> dict[str, Any]:
    """`auto`, or `aws=4567,dns=auto,regions=4700,us-east-1=4801`; `auto,aws=4567` leaves the others free to choose."""
    ports: dict[str, Any] = {}
    regions: dict[str, Any] = {}
    for word in (part.strip() for part in text.split(",")):
        name, equals, port = word.partition("=")
        if word == "auto":
            ports = dict.fromkeys(PORT_NAMES, ANY_PORT) | ports
            regions = {FIRST: ports.pop("regions")} | regions
        elif not equals:
            raise bad_setting(where, f"{word!r} is neither `auto` nor a name and a port such as aws=4567")
        elif name == "regions":
            regions[FIRST] = port
        elif name in PORT_NAMES:
            ports[name] = port
        elif "-" in name:
            regions[name] = port
        else:
            raise bad_setting(where, f"no port is called {name!r}.{did_you_mean(name, PORT_NAMES) or OTHER_PORTS}")
    return {**ports, "regions": regions} if regions else ports


def put_together(sources: Sequence[Source], own: Mapping[str, RegionInput], atlas: Atlas) -> Settings:
    """The sources, the weakest first, over the defaults; with the checks that need all of them."""
    fields: dict[str, Any] = {}
    ports: dict[str, Any] = {}
    engines: dict[str, str] = {}
    where: dict[str, Where] = {}
    for source in sources:
        names = source.given.model_fields_set
        fields |= {name: getattr(source.given, name) for name in names if name not in ("ports", "engine")}
        where |= dict.fromkeys(names, source.where)
        if "engine" in names:
            engines = source.given.engine if ALL in source.given.engine else {**engines, **source.given.engine}
        if "ports" in names:
            ports = _more_ports(ports, source.given.ports)

    def place(*location: str | int) -> str:
        name = str(location[0])
        return where[name](location) if name in where else name

    regions = _regions(fields.get("regions", DEFAULT_REGIONS), list(atlas.regions), place)
    cities = _cities(fields.get("cities", ()), atlas, place)
    _check_quotas(fields.get("route53_quotas", {}), place)
    _check_console(fields.get("console_host", LOOPBACK), fields.get("console_token", ""), place)
    for code in engines:
        if code != ALL and code not in atlas.regions:
            raise bad_setting(place("engine", code), _no_region(code, list(atlas.regions)))
    changes = {
        "regions": regions,
        "engine": engines.get(ALL, MOTO),
        "cities": cities,
        "default_place": _place_code(
            fields.get("default_place", DEFAULT_PLACE), cities, atlas, lambda: place("default_place")
        ),
        "ports": _ports(regions, ports, own, list(atlas.regions), place),
        "latencies": str(Path(fields["latencies"]).resolve()) if fields.get("latencies") else None,
        "places": _places(fields.get("places", {}), cities, atlas, place),
        "region_settings": {
            code: _own_settings(own.get(code), fields.get("app", True), engines, code) for code in regions
        },
    }
    return Settings(**{**fields, **changes})


def _more_ports(ports: Mapping[str, Any], source: PortsInput) -> dict[str, Any]:
    more = {name: getattr(source, name) for name in source.model_fields_set}
    regions = {**({} if FIRST in source.regions else ports.get("regions", {})), **source.regions}
    return {**ports, **more, "regions": regions}


def _place(city: CityInput) -> Place:
    return Place(
        code=city.slug,
        kind="city",
        name=city.name,
        country_code=city.country_code,
        continent_code=city.continent_code,
        subdivision=city.subdivision,
        latitude=city.latitude,
        longitude=city.longitude,
        access_ms=city.access_ms,
    )


def _own_settings(own: RegionInput | None, app: bool, engines: Mapping[str, str], code: str) -> RegionSettings:
    """What a source says of this region by name counts for more than its file, which counts for more than `all`."""
    engine = engines.get(ALL, MOTO)
    if own is not None and "engine" in own.model_fields_set:
        engine = own.engine
    engine = engines.get(code, engine)
    if own is None:
        return RegionSettings(app=app, engine=engine)
    return RegionSettings(
        app=own.app if "app" in own.model_fields_set else app, engine=engine, environment=own.environment
    )


def _ports(
    regions: tuple[str, ...],
    given: Mapping[str, Any],
    own: Mapping[str, RegionInput],
    known: Sequence[str],
    where: PlaceOf,
) -> Ports:
    front_doors = {code: file.front_door for code, file in own.items() if "front_door" in file.model_fields_set}
    front_doors |= given.get("regions", {})
    first_port = front_doors.pop(FIRST, FIRST_REGION_PORT)
    for code in front_doors:
        if code not in known:
            raise bad_setting(where("ports", "regions", code), _no_region(code, known))
    named = {name: port for name, port in given.items() if name != "regions"}
    ports = Ports(**named, regions=region_ports(regions, first_port, front_doors))
    _check_ports(ports, where)
    return ports


def _check_ports(ports: Ports, where: PlaceOf) -> None:
    taken: dict[int, str] = {}
    for name, port in [(name, getattr(ports, name)) for name in PORT_NAMES[:-1]] + list(ports.regions.items()):
        if port > 65535:
            raise bad_setting(where("ports", "regions"), f"{name} would get port {port}; the highest is 65535")
        if port != ANY_PORT and port in taken:
            raise bad_setting(where("ports", name), f"{name} and {taken[port]} both have port {port}")
        taken[port] = name


def _no_region(code: str, known: Sequence[str]) -> str:
    return f"no AWS region is called {code!r}.{did_you_mean(code, known)} See: sandbox places --kind region"


def _regions(given: Sequence[str], known: Sequence[str], where: PlaceOf) -> tuple[str, ...]:
    codes = tuple(code.lower() for code in given)
    for position, code in enumerate(codes):
        if code not in known:
            raise bad_setting(where("regions", position), _no_region(code, known))
        if code in codes[:position]:
            raise bad_setting(where("regions", position), f"{code} is given twice")
    return codes


def _cities(given: Sequence[CityInput], atlas: Atlas, where: PlaceOf) -> tuple[Place, ...]:
    slugs = [city.slug for city in given]
    for position, slug in enumerate(slugs):
        if slug in atlas.regions or slug in slugs[:position]:
            raise bad_setting(where("cities", position, "slug"), f"{slug!r} is taken already; choose another slug")
    return tuple(_place(city) for city in given)


def _place_code(place: str, own: Sequence[Place], atlas: Atlas, where: Callable[[], str]) -> str:
    if any(city.code == place for city in own):
        return place
    try:
        return atlas.place(place).code
    except Refusal as refusal:
        raise bad_setting(where(), refusal.message) from refusal


def _places(
    given: Mapping[str, Mapping[str, Any]], own: Sequence[Place], atlas: Atlas, where: PlaceOf
) -> dict[str, dict[str, Any]]:
    """Each place's own settings, under its code; a resolver that stands elsewhere does so by its code too."""
    found: dict[str, dict[str, Any]] = {}
    for name, settings in given.items():
        code = _place_code(name, own, atlas, partial(where, "places", name))
        if code in found:
            raise bad_setting(where("places", name), f"{code} is given twice")
        try:
            elsewhere = place_settings(settings).resolver_in
        except BadHabit as bad:
            raise bad_setting(where("places", name, bad.setting), f"places.{name}: {bad}") from bad
        found[code] = dict(settings)
        if elsewhere:
            at = partial(where, "places", name, "resolver_in")
            found[code]["resolver_in"] = _place_code(elsewhere, own, atlas, at)
    return found


def _check_quotas(given: Mapping[str, int], where: PlaceOf) -> None:
    for name in given:
        if name not in QUOTAS:
            problem = f"no quota of Route 53 is called {name!r}.{did_you_mean(name, QUOTAS)}"
            raise bad_setting(where("route53_quotas", name), problem)


def _check_console(host: str, token: str, where: PlaceOf) -> None:
    if not ipaddress.ip_address(host).is_loopback and not token:
        raise bad_setting(
            where("console_host"),
            f"at {host} others than this machine reach the console, and it can break things: set a console_token too "
            "(SANDBOX_CONSOLE_TOKEN), at least 16 letters and digits",
        )
