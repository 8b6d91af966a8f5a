"""The rules of a traffic policy document, kind by kind: an object in, `Item`s out (fact sheet §3.1). Pure.

failover      Primary, Secondary     multivalue    Items
geo           Locations              weighted      Items
latency       Regions                geoproximity  GeoproximityLocations
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sandbox.aws.services.route53.location_rules import problem_of_geo_location, problem_of_geoproximity, regions

OLD_FORMAT = "2015-10-01"
MOST_PROBLEMS = 20
REGION_PREFIX = "aws:route53:"
REFERENCES = ("EndpointReference", "RuleReference")
HEALTH = ("EvaluateTargetHealth", "HealthCheck")


@dataclass
class Problems:
    """What is wrong with a document, in words."""

    found: list[str] = field(default_factory=list)

    def note(self, problem: str) -> None:
        """One more; the first ones are enough."""
        if len(self.found) < MOST_PROBLEMS:
            self.found.append(problem)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One way out of a rule. policy: what it adds to the record set it becomes, such as {"Weight": 3}."""

    endpoint: str = ""
    rule: str = ""
    health_check: str = ""
    evaluates_target: bool = True
    policy: Mapping[str, Any] = field(default_factory=dict)


Reader = Callable[[str, Mapping[str, Any], str, Problems], tuple[Item, ...]]


def read_failover(name: str, rule: Mapping[str, Any], _: str, problems: Problems) -> tuple[Item, ...]:
    """Two roles."""
    items = []
    check_members(f"Rule {name}", rule, ("RuleType", "Primary", "Secondary"), problems)
    for role in ("Primary", "Secondary"):
        fields = rule.get(role)
        if isinstance(fields, dict):
            items.append(item_of(f"Rule {name}, {role}", fields, (), problems, {"Failover": role.upper()}))
        elif fields is not None or role == "Primary":
            problems.note(f"Rule {name}: {role} must be an object")
    return tuple(items)


def read_weighted(name: str, rule: Mapping[str, Any], _: str, problems: Problems) -> tuple[Item, ...]:
    """Shares."""
    items = []
    for where, fields in listed(name, rule, "Items", problems):
        weight = number_of(fields.get("Weight"), where, "Weight", 0, 255, problems)
        items.append(item_of(where, fields, ("Weight",), problems, {"Weight": weight}))
    return tuple(items)


def read_multivalue(name: str, rule: Mapping[str, Any], _: str, problems: Problems) -> tuple[Item, ...]:
    """Several endpoints at once."""
    items = []
    for where, fields in listed(name, rule, "Items", problems):
        for member in ("RuleReference", "EvaluateTargetHealth"):
            if member in fields:
                problems.note(f"{where}: {member} is not allowed in a multivalue rule")
        items.append(item_of(where, fields, (), problems, {"MultiValueAnswer": True}))
    return tuple(items)


def read_latency(name: str, rule: Mapping[str, Any], _: str, problems: Problems) -> tuple[Item, ...]:
    """One item for each Region."""
    items = []
    for where, fields in listed(name, rule, "Regions", problems):
        region = str(fields.get("Region") or "")
        if region not in regions():
            problems.note(f"{where}: {region or 'no Region'} is not a Region")
        items.append(item_of(where, fields, ("Region",), problems, {"Region": region}))
    check_distinct(name, items, problems)
    return tuple(items)


def read_geo(name: str, rule: Mapping[str, Any], _: str, problems: Problems) -> tuple[Item, ...]:
    """Continents, countries, states and a default."""
    items = []
    for where, fields in listed(name, rule, "Locations", problems):
        is_default = fields.get("Country") == "*" or flag_of(fields.get("IsDefault"), where, "IsDefault", problems)
        place = {
            f"{part}Code": str(fields[part]) for part in ("Continent", "Country", "Subdivision") if fields.get(part)
        }
        location = {"CountryCode": "*"} if is_default else place
        if is_default and set(place.values()) - {"*"}:
            problems.note(f"{where}: the default location cannot name a place")
        if problem := problem_of_geo_location(location):
            problems.note(f"{where}: {problem.removeprefix('Invalid request: ')}")
        own = ("IsDefault", "Continent", "Country", "Subdivision")
        items.append(item_of(where, fields, own, problems, {"GeoLocation": location}))
    check_distinct(name, items, problems)
    return tuple(items)


def read_geoproximity(name: str, rule: Mapping[str, Any], version: str, problems: Problems) -> tuple[Item, ...]:
    """Places with a bias; the two formats name a place differently."""
    items = []
    for where, fields in listed(name, rule, "GeoproximityLocations", problems):
        if version == OLD_FORMAT:
            own: tuple[str, ...] = ("Region", "Latitude", "Longitude", "Bias")
            place = old_place(fields)
        else:
            own = ("Location", "Bias")
            place = new_place(fields.get("Location"), where, problems)
        bias = number_of(fields.get("Bias", 0), where, "Bias", -99, 99, problems)
        location = {**place, "Bias": bias}
        if problem := problem_of_geoproximity(location):
            problems.note(f"{where}: {problem.removeprefix('Invalid request: ')}")
        items.append(item_of(where, fields, own, problems, {"GeoProximityLocation": location}))
    check_distinct(name, items, problems)
    return tuple(items)


def old_place(fields: Mapping[str, Any]) -> dict[str, Any]:
    """2015-10-01: Region, or Latitude and Longitude, beside the other members."""
    place: dict[str, Any] = {}
    if fields.get("Region"):
        place["AWSRegion"] = str(fields["Region"]).removeprefix(REGION_PREFIX)
    if "Latitude" in fields or "Longitude" in fields:
        place["Coordinates"] = coordinates_of(fields)
    return place


def new_place(location: Any, where: str, problems: Problems) -> dict[str, Any]:
    """2023-05-09: an object with a type."""
    if not isinstance(location, dict):
        problems.note(f"{where}: Location must be an object")
        return {}
    kind, name = location.get("Type"), str(location.get("LocationName") or "").removeprefix(REGION_PREFIX)
    if kind == "Coordinate":
        return {"Coordinates": coordinates_of(location)}
    if kind in ("Region", "LocalZone"):
        return {"AWSRegion" if kind == "Region" else "LocalZoneGroup": name}
    problems.note(f"{where}: Type of Location must be one of Region, LocalZone, Coordinate, not {kind}")
    return {}


def coordinates_of(fields: Mapping[str, Any]) -> dict[str, str]:
    """Degrees as text, whether they came as text or as numbers."""
    return {member: str(fields.get(member, "")) for member in ("Latitude", "Longitude")}


def listed(name: str, rule: Mapping[str, Any], member: str, problems: Problems) -> list[tuple[str, Mapping[str, Any]]]:
    """The objects of a rule's list, each with the words that say where it stands."""
    check_members(f"Rule {name}", rule, ("RuleType", member), problems)
    found = rule.get(member)
    if not isinstance(found, list) or not found:
        problems.note(f"Rule {name}: {member} must be a list with at least one entry")
        return []
    named = [(f"Rule {name}, {member}[{number}]", fields) for number, fields in enumerate(found)]
    for where, fields in named:
        if not isinstance(fields, dict):
            problems.note(f"{where} must be an object")
    return [(where, fields) for where, fields in named if isinstance(fields, dict)]


def item_of(
    where: str, fields: Mapping[str, Any], own: Sequence[str], problems: Problems, policy: Mapping[str, Any]
) -> Item:
    """What all kinds share: a reference and health."""
    check_members(where, fields, (*REFERENCES, *HEALTH, *own), problems)
    endpoint, rule = (str(fields.get(member) or "") for member in REFERENCES)
    if bool(endpoint) == bool(rule):
        problems.note(f"{where}: exactly one of EndpointReference and RuleReference must be specified")
    return Item(
        endpoint=endpoint,
        rule=rule,
        health_check=str(fields.get("HealthCheck") or ""),
        evaluates_target=flag_of(fields.get("EvaluateTargetHealth", True), where, "EvaluateTargetHealth", problems),
        policy=policy,
    )


def check_members(where: str, fields: Mapping[str, Any], known: Sequence[str], problems: Problems) -> None:
    """A member that nobody reads is a mistake of the author's."""
    for member in fields:
        if member not in known:
            problems.note(f"{where}: {member} is not allowed here")


def check_distinct(name: str, items: Sequence[Item], problems: Problems) -> None:
    """Each place or Region once."""
    seen = []
    for item in items:
        ((policy, value),) = item.policy.items()
        place = {part: text for part, text in value.items() if part != "Bias"} if isinstance(value, dict) else value
        if place in seen:
            shown = ", ".join(map(str, place.values())) if isinstance(place, dict) else place
            problems.note(f"Rule {name}: {policy} {shown} comes twice")
        seen.append(place)


def number_of(given: Any, where: str, member: str, least: int, most: int, problems: Problems) -> int:
    """A number, quoted or not."""
    try:
        number = int(str(given))
    except ValueError:
        problems.note(f"{where}: {member} must be a number, not {given}")
        return 0
    if not least <= number <= most:
        problems.note(f"{where}: {member} must be between {least} and {most}, not {number}")
    return number


def flag_of(given: Any, where: str, member: str, problems: Problems) -> bool:
    """A boolean, quoted or not; left out is false."""
    text = "false" if given is None else str(given).lower()
    if text not in ("true", "false"):
        problems.note(f"{where}: {member} must be true or false, not {given}")
    return text == "true"


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "failover": read_failover,
        "geo": read_geo,
        "latency": read_latency,
        "geoproximity": read_geoproximity,
        "multivalue": read_multivalue,
        "weighted": read_weighted,
    }
)
