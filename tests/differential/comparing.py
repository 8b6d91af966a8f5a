"""Two answers to one request: where they differ, and which accepted difference explains it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

ENVELOPE = "1 validation error detected: "
KINDS = ("answer", "envelope", "type", "body")


@dataclass(frozen=True)
class Difference:
    """kind: what differs: the answer's line (status, code, sentence), only AWS's envelope around the sentence, only
    the name space of the code, or a place in the body."""

    kind: str
    action: str
    ours: str
    theirs: str


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A difference that is meant. ours, theirs, action: patterns (re.fullmatch). source: what of AWS's says so.

    rare: a run of the default size need not meet it.
    """

    ours: str
    theirs: str
    why: str
    source: str
    kind: str = "answer"
    action: str = ".*"
    rare: bool = False

    def explains(self, difference: Difference) -> bool:
        """Whether this is the difference meant."""
        return (
            self.kind == difference.kind
            and re.fullmatch(self.action, difference.action) is not None
            and re.fullmatch(self.ours, difference.ours, re.DOTALL) is not None
            and re.fullmatch(self.theirs, difference.theirs, re.DOTALL) is not None
        )


def differences(action: str, ours: Any, theirs: Any, places: Callable[[Any, Any], list[str]]) -> list[Difference]:
    """How two answers differ. places: where two bodies do."""
    if ours.line != theirs.line:
        same = ours.line.replace(ENVELOPE, "") == theirs.line.replace(ENVELOPE, "")
        return [Difference("envelope" if same else "answer", action, ours.line, theirs.line)]
    found = []
    if ours.type != theirs.type:
        found.append(Difference("type", action, ours.type, theirs.type))
    own = ("__type", "message", "Message")
    bodies = [{name: value for name, value in side.body.items() if name not in own} for side in (ours, theirs)]
    paths = sorted({re.sub(r"\.\d+(?=\.|$)", "", path) for path in places(*bodies)})
    return [*found, *(Difference("body", action, path, "") for path in paths)]


def explanation(table: Sequence[Accepted], difference: Difference) -> int | None:
    """The row of the table that explains a difference."""
    return next((row for row, accepted in enumerate(table) if accepted.explains(difference)), None)
