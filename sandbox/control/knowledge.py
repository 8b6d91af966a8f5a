"""What control knows from the management channel: regions that run, and verdicts on health.

Each `on_` method is a listener for `Spoke.subscribe`; the rest are questions that the gateway and the engine ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEFAULT_REGION = "us-east-1"


class Knowledge:
    """The retained topics that matter here."""

    def __init__(self) -> None:
        self.verdicts: dict[str, Any] = {}
        self._front_doors: dict[str, int] = {}

    def on_region(self, topic: str, value: Any) -> None:
        """region/<code>: where its front door listens; None when its process ended."""
        code = topic.removeprefix("region/")
        if value is None:
            self._front_doors.pop(code, None)
        else:
            self._front_doors[code] = int(value["front_door"])

    def on_health(self, topic: str, value: Any) -> None:
        """health/<id>: what the checkers last saw."""
        check_id = topic.removeprefix("health/")
        if value is None:
            self.verdicts.pop(check_id, None)
        else:
            self.verdicts[check_id] = value

    def front_doors(self) -> Mapping[str, int]:
        """Loopback ports of the front doors that run now."""
        return self._front_doors


def default_region(regions: tuple[str, ...]) -> str:
    """Where calls go that name no region: us-east-1 as in AWS, if the sandbox has it."""
    return DEFAULT_REGION if DEFAULT_REGION in regions or not regions else regions[0]
