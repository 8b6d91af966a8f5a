"""What the tables of stacks are made of: a call, what a template wants, a step towards it, the port to regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

Given = Mapping[str, Any]  # properties in a template's words

TABLE = "AWS::DynamoDB::Table"
GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One call through a region's front door."""

    region: str
    action: str
    body: Given
    service: str = "dynamodb"


class Doors(Protocol):
    """The regions, for a thread that may wait."""

    def ask(self, account: str, ask: Ask) -> dict[str, Any]:
        """The answer; a Refusal with the service's own code and message, or ServiceUnavailable."""
        ...

    def pause(self, seconds: float) -> None:
        """Let some time pass."""
        ...


@dataclass(frozen=True, kw_only=True)
class Place:
    """A table of a stack: where the stack is, whose it is, its name."""

    region: str
    account: str
    partition: str
    name: str

    def arn(self, region: str) -> str:
        """The table's ARN in a region."""
        return f"arn:{self.partition}:dynamodb:{region}:{self.account}:table/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a template asks for, or what has been made of it so far.

    home: the table in the stack's region, in the API's forms by the names of AWS::DynamoDB::Table. replicas: what each
    other region has for itself, and `overrides` as ReplicaUpdates take them. scaling: Application Auto Scaling, by
    (region, what follows the table's name, dimension).
    """

    home: Given
    replicas: Mapping[str, Given] = field(default_factory=dict)
    scaling: Mapping[tuple[str, str, str], Given] = field(default_factory=dict)

    def with_home(self, members: Given) -> Wanted:
        """Other properties at home; None takes one away."""
        return replace(self, home=with_members(self.home, members))

    def with_replica(self, region: str, members: Given | None) -> Wanted:
        """Other settings in one region; None: no replica there any more."""
        others = {name: settings for name, settings in self.replicas.items() if name != region}
        if members is None:
            return replace(self, replicas=others)
        return replace(self, replicas={**others, region: with_members(self.replicas.get(region, {}), members)})

    def with_scaling(self, target: tuple[str, str, str], settings: Given | None) -> Wanted:
        """Auto scaling of one capacity as given; None: none."""
        others = {name: given for name, given in self.scaling.items() if name != target}
        return replace(self, scaling=others if settings is None else {**others, target: settings})


@dataclass(frozen=True, kw_only=True)
class Step:
    """One call, and what is made once it has been answered."""

    ask: Ask
    made: Wanted


def with_members(given: Given, members: Given) -> dict[str, Any]:
    """The properties with some of them changed; None takes one away."""
    merged = {**given, **members}
    return {name: value for name, value in merged.items() if value is not None}
