"""What control knows from the management channel: regions that run, verdicts on health, what edges saw of endpoints.

Each `on_` method is a listener for `Spoke.subscribe`; the rest are questions that the gateway and the engine ask.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sandbox.aws.front_door import cut_off_home
from sandbox.aws.gateway import region_is_down
from sandbox.aws.naming import GLOBAL_HOMES
from sandbox.network.values import Endpoint

DEFAULT_REGION = "us-east-1"


class Knowledge:
    """The retained topics that matter here. on_front_door(code, endpoint or None): one has come, moved or gone."""

    def __init__(self, on_front_door: Callable[[str, Endpoint | None], None] = lambda code, endpoint: None) -> None:
        self._on_front_door = on_front_door
        self.verdicts: dict[str, Any] = {}
        self._endpoints: dict[str, Mapping[str, Any]] = {}
        self._front_doors: dict[str, Endpoint] = {}
        self._faults: dict[str, Mapping[str, Any]] = {}

    def on_region(self, topic: str, value: Any) -> None:
        """region/<code>: where its front door listens; None when its process ended."""
        code = topic.removeprefix("region/")
        if value is None:
            self._front_doors.pop(code, None)
        else:
            self._front_doors[code] = Endpoint(host=value["host"], port=int(value["front_door"]))
        self._on_front_door(code, self._front_doors.get(code))

    def on_health(self, topic: str, value: Any) -> None:
        """health/<id>: what the checkers last saw."""
        check_id = topic.removeprefix("health/")
        if value is None:
            self.verdicts.pop(check_id, None)
        else:
            self.verdicts[check_id] = value

    def on_accelerator_health(self, topic: str, value: Any) -> None:
        """accelerator-health/<id>: how its endpoints are, by endpoint group and endpoint id."""
        accelerator_id = topic.removeprefix("accelerator-health/")
        if value is None:
            self._endpoints.pop(accelerator_id, None)
        else:
            self._endpoints[accelerator_id] = value

    def on_fault(self, topic: str, value: Any) -> None:
        """fault/<id>."""
        if value is None:
            self._faults.pop(topic, None)
        else:
            self._faults[topic] = value

    def refuse_lost_home(self, service: str, regions: Collection[str]) -> None:
        """For a global service whose home is one of the sandbox's regions and is away: the words of a direct call.

        Stacks ask from threads of their own.
        """
        home = GLOBAL_HOMES[service]
        if home not in regions:
            return
        kinds = {fault["kind"] for fault in tuple(self._faults.values()) if fault["target"][0] == home}
        if home not in self._front_doors or "freeze" in kinds:
            raise region_is_down(home, service)
        if "isolate" in kinds:
            raise cut_off_home(service, home)

    def endpoint_health(self, accelerator_id: str) -> Mapping[str, Any]:
        """Of one accelerator; empty until its edges have looked."""
        return self._endpoints.get(accelerator_id, {})

    def front_doors(self) -> Mapping[str, Endpoint]:
        """Of the regions that run now."""
        return self._front_doors


def default_region(regions: tuple[str, ...]) -> str:
    """Where calls go that name no region: us-east-1 as in AWS, if the sandbox has it."""
    return DEFAULT_REGION if DEFAULT_REGION in regions or not regions else regions[0]
