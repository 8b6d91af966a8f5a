"""What expressions mean once read: frozen trees. `grammar` and its kin build them from texts, `legacy` from the older
parameters; `conditions`, `updates` and `projections` compile them. Names are resolved: a path holds attribute names
(str) and list indexes (int).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

Step: TypeAlias = str | int
Steps: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """A place in an item: ("a", 0, "b") for a[0].b."""

    steps: Steps

    def __str__(self) -> str:
        return "[" + ", ".join(f"[{step}]" if isinstance(step, int) else step for step in self.steps) + "]"


@dataclass(frozen=True, slots=True)
class ValueRef:
    """A value of the request: ":v"."""

    token: str


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A value that a legacy parameter carries itself."""

    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SizeOf:
    """size(operand)."""

    operand: Operand


Operand: TypeAlias = Path | ValueRef | Literal | SizeOf


@dataclass(frozen=True, slots=True)
class Comparison:
    """left op right; op is one of = <> < <= > >=."""

    op: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Between:
    """subject BETWEEN low AND high."""

    subject: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class In:
    """subject IN (choice, ...)."""

    subject: Operand
    choices: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function that is true or false: attribute_exists(a), contains(a, :v) ..."""

    name: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Node


Node: TypeAlias = Comparison | Between | In | Call | And | Or | Not


@dataclass(frozen=True, slots=True)
class IfNotExists:
    """if_not_exists(path, fallback)."""

    path: Path
    fallback: SetValue


@dataclass(frozen=True, slots=True)
class ListAppend:
    """list_append(left, right)."""

    left: SetValue
    right: SetValue


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """left + right or left - right."""

    op: str
    left: SetValue
    right: SetValue


SetValue: TypeAlias = Path | ValueRef | Literal | IfNotExists | ListAppend | Arithmetic


@dataclass(frozen=True, slots=True)
class Action:
    """One action of an update. verb: SET, REMOVE, ADD or DELETE; value is None for REMOVE."""

    verb: str
    path: Path
    value: SetValue | None = None
