"""What a region knows of auto scaling, which is set up in control: the topic `scaling/<region>`.

In: the topic. Out: `is_scaled`, which replication asks before a provisioned table gets a replica (GT 1.16).
"""

from __future__ import annotations

from typing import Any


class WriteScaling:
    """Tables and indexes whose write capacity scales. Without control what was last known goes on."""

    def __init__(self) -> None:
        self._scaled: frozenset[tuple[str, str, str | None]] = frozenset()

    def on_scaling(self, topic: str, value: Any) -> None:
        """A listener for `Spoke.subscribe`: [{"account", "table", "index"}, ...]; None when there is nothing."""
        self._scaled = frozenset((each["account"], each["table"], each["index"]) for each in value or ())

    def is_scaled(self, account: str, table: str, index: str | None) -> bool:
        """Whether write auto scaling is registered, target and policy; index None: for the table itself."""
        return (account, table, index) in self._scaled
