"""What resources of stacks are made of: a call, one type of resource, the port to regions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Given = Mapping[str, Any]  # properties in a template's words
MOTO = "moto"


@dataclass(frozen=True, kw_only=True)
class DoorCall:
    """One call through a region's front door. action, parameters: in the words of AWS's API."""

    action: str
    parameters: Given


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A property that can be set anew on what is there. Each makes a call of (physical id, the property's value)."""

    put: Callable[[str, Any], DoorCall]
    remove: Callable[[str], DoorCall] | None = None  # None: AWS has no call for that, the resource keeps it


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One type of resource.

    name_property: the property that names it, "" for none. creation: of (name, properties, region). identify: its
    physical id, of (answer, name, properties). settings: what changes in place; the rest of `known` replaces it.
    deletion: None when it goes with something else.
    """

    kind: str
    service: str
    name_property: str
    known: frozenset[str]
    creation: Callable[[str, Given, str], DoorCall]
    identify: Callable[[Given, str, Given], str]
    deletion: Callable[[str, Given], DoorCall | None]
    attributes: Callable[[str, Given, str], Mapping[str, str]]
    settings: Mapping[str, Setting] = field(default_factory=dict)


class DoorClients(Protocol):
    """The regions' front doors, for a thread that may wait."""

    def call(self, account: str, region: str, service: str, call: DoorCall) -> dict[str, Any]:
        """The answer; a Refusal with the service's own code and message, or ServiceUnavailable."""
        ...

    def engine_of(self, region: str) -> str:
        """`moto`, or the endpoint that serves what the region does not."""
        ...
