"""The rules for each single setting, once for every source: file, variable, flag, keyword argument.

In: a plain mapping as YAML or a command line gives it, and a function that says where a key stands. Out: a
`SettingsInput` whose `model_fields_set` are the settings that were given; or a Refusal that names the place, the rule
and, for unknown keys, near matches. Rules that need more than one setting, or the atlas, are in `settings_sources`.
"""

from __future__ import annotations

import ipaddress
import re
import reprlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sandbox.geography.values import FIBRE_ACCESS_MS
from sandbox.kernel.errors import Refusal, bad_setting, did_you_mean
from sandbox.supervisor.settings import ANY_PORT, MOTO

Location = tuple[str | int, ...]
Where = Callable[[Location], str]
ALL = "all"  # in a mapping of regions to engines: every region that has none of its own
FIRST = "first"  # in a mapping of regions to ports: where counting starts for regions that have no port of their own


def _auto_is_any(given: Any) -> Any:
    return ANY_PORT if given == "auto" else given


def _all_any(given: Any) -> Any:
    return dict.fromkeys(PortsInput.model_fields, ANY_PORT) if given == "auto" else given


def _first_port(given: Any) -> Any:
    return given if isinstance(given, Mapping) else {FIRST: given}


def _matching(pattern: str, words: str) -> AfterValidator:
    """A string of this form; `words` say which."""

    def check(given: str) -> str:
        if not re.fullmatch(pattern, given):
            raise ValueError(words)
        return given

    return AfterValidator(check)


def _engine_of_all(given: Any) -> Any:
    return given if isinstance(given, Mapping) else {ALL: given}


def _engine(given: str) -> str:
    """`moto`, or an URL of host and port: what follows it would be lost when a request's own path takes its place."""
    parts = urlsplit(given)
    if given == MOTO:
        return given
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it should be moto, or the URL of an AWS endpoint such as http://localhost:4570")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError("the URL of an engine is scheme, host and port, and nothing more")
    _ = parts.port  # ValueError when it is no port
    return f"{parts.scheme}://{parts.netloc}"


Port = Annotated[int, BeforeValidator(_auto_is_any), Field(ge=0, le=65535)]
Quota = Annotated[int, Field(ge=1, le=1_000_000)]
RegionPorts = Annotated[dict[str, Port], BeforeValidator(_first_port)]
TwoLetters = Annotated[str, _matching(r"[A-Z]{2}", "it should be two capital letters")]
Slug = Annotated[str, _matching(r"[a-z0-9]+(-[a-z0-9]+)*", "it should be small letters and digits, as in new-york")]
Engine = Annotated[str, AfterValidator(_engine)]
Engines = Annotated[dict[str, Engine], BeforeValidator(_engine_of_all)]  # by region; ALL: of those without their own
Account = Annotated[str, _matching(r"\d{12}", "it should be 12 digits")]


Token = Annotated[str, _matching(r"[A-Za-z0-9._~-]{16,200}", "it should be 16 to 200 letters, digits or . _ ~ -")]


def _address(given: str) -> str:
    try:
        return str(ipaddress.ip_address(given))
    except ValueError:
        raise ValueError("it should be an address, as in 127.0.0.1 or 0.0.0.0") from None


class Input(BaseModel):
    """A mapping that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PortsInput(Input):
    """`ports:`; "auto" or 0 is any free one. regions: the first front door's port, or a port for each region."""

    aws: Port = 0
    dns: Port = 0
    proxy: Port = 0
    console: Port = 0
    regions: RegionPorts = Field(default_factory=dict)


class CityInput(Input):
    """One of `cities:`, a place of one's own."""

    name: str = Field(min_length=1)
    slug: Slug
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    country_code: TwoLetters
    continent_code: Literal["AF", "AN", "AS", "EU", "NA", "OC", "SA", ""] = ""  # "": follows from the country
    subdivision: TwoLetters | None = None
    access_ms: float = Field(default=FIBRE_ACCESS_MS, ge=0, le=2000)


class SettingsInput(Input):
    """sandbox.yaml, or one other source. Defaults here mean nothing: only the fields that were set are used."""

    regions: list[str] = Field(default_factory=list, min_length=1)
    cities: list[CityInput] = Field(default_factory=list)
    engine: Engines = Field(default_factory=dict)
    speed: float = Field(default=1, gt=0, le=1000)
    seed: int | None = Field(default=None, ge=0)
    ports: Annotated[PortsInput, BeforeValidator(_all_any)] = Field(default_factory=PortsInput)
    default_place: str = ""
    account: Account = ""
    allow_internet: bool = False
    checkers_per_region: int = Field(default=1, ge=1, le=16)
    dns_propagation_s: float = Field(default=0, ge=0, le=600)
    route53_quotas: dict[str, Quota] = Field(default_factory=dict)  # of what: aws/services/route53/quotas.py
    accelerator_deploy_s: float = Field(default=0, ge=0, le=3600)
    route53_throttling: bool = False
    app: bool = True
    legacy_global_tables: bool = False
    console_host: Annotated[str, AfterValidator(_address)] = ""
    console_token: Token = ""
    latencies: Annotated[str | None, Field(min_length=1)] = None
    uneven_paths: bool = False
    places: dict[str, dict[str, Any]] = Field(default_factory=dict)  # what is in them: dns/habits.py


class RegionInput(Input):
    """regions/<code>.yaml."""

    app: bool = True
    engine: Engine = ""
    front_door: Port = ANY_PORT
    environment: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Source:
    """What one source gave, checked, and how to say where in it a setting stands."""

    given: SettingsInput
    where: Where


Model = TypeVar("Model", bound=Input)


def check_input(model: type[Model], given: Mapping[str, Any], where: Where) -> Model:
    """`given` as a `model`; a Refusal that says where the first wrong value stands."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise _refusal(model, error, where) from error


def _refusal(model: type[Input], error: ValidationError, where: Where) -> Refusal:
    problems = error.errors(include_url=False, include_context=False)
    first = problems[0]
    path = first["loc"]
    name = ".".join(str(step) for step in path)
    if first["type"] == "extra_forbidden":
        problem = f"unknown key {name!r}.{did_you_mean(str(path[-1]), _known_keys(model, path))}"
    else:
        problem = f"{name}: {_in_words(first['type'], first['msg'])} (given: {reprlib.repr(first['input'])})"
    rest = len({entry["loc"][:1] for entry in problems}) - 1
    return bad_setting(where(path), problem + (f" And {rest} more." if rest else ""))


def _in_words(kind: str, message: str) -> str:
    message = message.removeprefix("Value error, ").replace("Input should be", "it should be")
    if kind == "missing":
        return "this key is needed"
    if kind == "string_type":
        return f"{message}; write it in quotes"
    return message


def _known_keys(model: type[Input], path: Location) -> list[str]:
    """The keys of the mapping in which the last step of `path` stands."""
    owner = model
    for step in path[:-1]:
        field = owner.model_fields.get(str(step))
        owner = owner if field is None else next(_inputs_in(field.annotation), owner)
    return [field.alias or name for name, field in owner.model_fields.items()]


def _inputs_in(annotation: Any) -> Iterator[type[Input]]:
    """The models in an annotation such as list[CityInput] or PortsInput | None."""
    if isinstance(annotation, type) and issubclass(annotation, Input):
        yield annotation
    for part in get_args(annotation):
        yield from _inputs_in(part)
