"""What a drill's file may hold, key by key: pydantic models for YAML.

In: plain values. Out: checked ones; what needs the atlas or the register of faults is checked in `reading.py`.
"""

from __future__ import annotations

from typing import Annotated, Any

import jmespath
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sandbox.drills.values import DYNAMODB
from sandbox.supervisor.settings_input import Input

MOST_SECONDS = 3600.0


def _listed(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


def _overall(given: Any) -> Any:
    return given if isinstance(given, dict) else {"overall": given}


def _url(given: str) -> str:
    if (
        not given.startswith(("http://", "https://", DYNAMODB))
        or len(given.split("/")) < 4
        or any(c.isspace() for c in given)
    ):
        raise ValueError("it should be a URL with a path, such as http://app.example.test/")
    return given


def _name(given: str) -> str:
    if not given or not all(c.isascii() and (c.isalnum() or c in "-_") for c in given):
        raise ValueError("it should be letters, digits, - and _, as in region-loss")
    return given


def _method(given: str) -> str:
    if not given.isidentifier() or given.startswith("_"):
        raise ValueError("it should be a name of boto3, such as create_table")
    return given


def _method_or_nothing(given: str) -> str:
    return _method(given) if given else given


def _query(given: str) -> str:
    try:
        if given:
            jmespath.compile(given)
    except ValueError as error:
        raise ValueError("it should be a query of the aws CLI's --query (JMESPath), such as HostedZone.Id") from error
    return given


Seconds = Annotated[float, Field(ge=0, le=MOST_SECONDS, allow_inf_nan=False)]
Names = Annotated[list[str], BeforeValidator(_listed), Field(min_length=1, max_length=200)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Limit = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Method = Annotated[str, AfterValidator(_method)]
Query = Annotated[str, AfterValidator(_query)]


class CallInput(Input):
    """One call of AWS, as boto3 takes it. `$NAME` in the arguments is what an earlier call kept."""

    service: str = Field(min_length=1)
    operation: Method
    region: str = "us-east-1"
    arguments: dict[str, Any] = Field(default_factory=dict)
    says: str = ""
    keep: Annotated[str, Field(pattern=r"^([A-Z][A-Z0-9_]*)?$")] = ""
    query: Query = ""
    until: str = ""

    @model_validator(mode="after")
    def _complete(self) -> CallInput:
        if (self.keep or self.until) and not self.query:
            raise ValueError("keep and until need a query, such as HostedZone.Id")
        return self


class SetupInput(Input):
    """One step of the architecture: a call, or a script."""

    service: str = ""
    operation: Annotated[str, AfterValidator(_method_or_nothing)] = ""
    region: str = "us-east-1"
    arguments: dict[str, Any] = Field(default_factory=dict)
    says: str = ""
    keep: Annotated[str, Field(pattern=r"^([A-Z][A-Z0-9_]*)?$")] = ""
    query: Query = ""
    until: str = ""
    script: str = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> SetupInput:
        if bool(self.script) == bool(self.service):
            raise ValueError("a step is either service and operation, or script")
        if (self.keep or self.until) and not self.query:
            raise ValueError("keep and until need a query, such as HostedZone.Id")
        return self


class LoadInput(Input):
    """Users of some cities."""

    cities: Names
    url: Annotated[str, AfterValidator(_url)]
    rate_per_s: float = Field(gt=0, le=200, allow_inf_nan=False)
    duration_s: Annotated[float, Field(gt=0, le=MOST_SECONDS, allow_inf_nan=False)]
    start_s: Seconds = 0
    patience_s: Annotated[float, Field(gt=0, le=60, allow_inf_nan=False)] = 1
    table: str = ""
    keys: int = Field(default=20, ge=1, le=1000)
    writes: Share = 0.5


class EventInput(Input):
    """One entry of the timeline: a fault, or a call."""

    at: Seconds
    kind: str = ""
    target: Annotated[list[str], BeforeValidator(_listed)] = Field(default_factory=list)
    parameters: dict[str, Any] = Field(default_factory=dict)
    for_s: Annotated[float | None, Field(alias="for", gt=0, le=MOST_SECONDS)] = None
    call: CallInput | None = None
    expect: str = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> EventInput:
        if bool(self.kind) == (self.call is not None):
            raise ValueError("an entry is either a fault (kind, target) or a call")
        return self


class ObjectivesInput(Input):
    """Limits. A bare number is for all cities."""

    availability: Annotated[dict[str, Share], BeforeValidator(_overall)] = Field(default_factory=dict)
    p99_ms: Annotated[dict[str, Limit], BeforeValidator(_overall)] = Field(default_factory=dict)
    rto_s: Annotated[dict[str, Limit], BeforeValidator(_overall)] = Field(default_factory=dict)
    rpo_s: Limit | None = None
    rpo_writes: Annotated[int | None, Field(ge=0)] = None
    stale_reads: Annotated[int | None, Field(ge=0)] = None
    lost_writes: Annotated[int | None, Field(ge=0)] = None


class DrillInput(Input):
    """The whole file."""

    name: Annotated[str, AfterValidator(_name)]
    says: str = ""
    regions: list[str] = Field(min_length=1, max_length=10)
    speed: float = Field(default=10, gt=0, le=1000)
    seed: int = Field(default=1, ge=0, le=2**31)
    places: dict[str, dict[str, Any]] = Field(default_factory=dict)
    architecture: list[SetupInput] = Field(default_factory=list, max_length=500)
    load: list[LoadInput] = Field(min_length=1, max_length=100)
    timeline: list[EventInput] = Field(default_factory=list, max_length=500)
    objectives: ObjectivesInput
