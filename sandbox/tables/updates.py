"""Updates: a text compiled once into actions, then applied to an item, which is copied and never changed.

Every value is computed from the item as it was; then the places are written. Actions are held as a tree over their
paths, so that each touched map and list is copied once, however many actions touch it. Lists: indexes mean the list as
it was; what is set beyond the end is appended, in the order of the indexes; removals come last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sandbox.tables.attributes import NESTING_MOST, TOO_DEEP, AttributeValue, Item, depth_of
from sandbox.tables.condition_checks import Check
from sandbox.tables.conditions import undefined_value
from sandbox.tables.grammar import Names, Resolved, resolved_names
from sandbox.tables.projections import Projection, projection_of
from sandbox.tables.refusals import invalid, invalid_parameter
from sandbox.tables.syntax import Action, Step
from sandbox.tables.tokens import CACHED_TEXTS
from sandbox.tables.update_grammar import UpdateReader
from sandbox.tables.update_values import GONE, Outcome, check_of, outcome_of

KIND = "UpdateExpression"
BAD_PATH = "The document path provided in the update expression is invalid for update"

Values = Mapping[str, AttributeValue]
Tree = dict[Step, Any]  # step -> deeper tree, or the number of the action whose path ends there


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Update:
    """A compiled update.

    names, values: the #names and :values its text uses. touched: top-level attributes it writes. outcomes: what each
    action makes of the item. paths: the places it writes, as a projection.
    """

    names: frozenset[str]
    values: frozenset[str]
    touched: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    checks: tuple[Check, ...]
    tree: Tree
    is_flat: bool
    paths: Projection

    def check(self, values: Values) -> None:
        """Refuse undefined values and operands of wrong types."""
        if not self.values <= values.keys():
            raise undefined_value(KIND, self.values, values)
        for check in self.checks:
            problem = check(values)
            if problem is not None:
                raise invalid(f"Invalid {KIND}: {problem}")

    def apply(self, item: Item | None, key: Item, values: Values) -> Item:
        """The item after the update; without an item, one with only its key is made first."""
        self.refuse_keys(key)
        before = item if item is not None else key
        made = [outcome(before, values) for outcome in self.outcomes]
        after = dict(before)
        if self.is_flat:
            for name, value in zip(self.touched, made, strict=True):
                _put(after, name, value)
        else:
            _write_members(after, self.tree, made, depth=1)
        return after

    def refuse_keys(self, key: Iterable[str]) -> None:
        """Key attributes cannot be updated."""
        for name in key:
            if name in self.touched:
                raise invalid_parameter(f"Cannot update attribute {name}. This attribute is part of the key")


class BoundUpdate(NamedTuple):
    """An update and the values of its request."""

    update: Update
    values: Values

    def apply(self, item: Item | None, key: Item) -> Item:
        """The item after the update, or the item it makes when there is none."""
        return self.update.apply(item, key, self.values)

    def refuse_keys(self, key: Iterable[str]) -> None:
        """As `apply` does, before a condition is judged."""
        self.update.refuse_keys(key)

    def pick(self, item: Item | None) -> Item:
        """What UPDATED_OLD and UPDATED_NEW show of an image: the places that the update writes."""
        return self.update.paths.of(item) if item is not None else {}

    @property
    def touched(self) -> tuple[str, ...]:
        """Top-level attributes that the update writes."""
        return self.update.touched


def compile_update(text: str, names: Names) -> Update:
    """The update of this text."""
    return _compiled(text, resolved_names(text, names))


@lru_cache(maxsize=CACHED_TEXTS)
def _compiled(text: str, names: Resolved) -> Update:
    reader = UpdateReader(KIND, text, names)
    actions = reader.read()
    return update_of(actions, names=frozenset(reader.names), values=frozenset(reader.values))


def update_of(
    actions: tuple[Action, ...], *, names: frozenset[str] = frozenset(), values: frozenset[str] = frozenset()
) -> Update:
    """Compile actions whose paths do not overlap."""
    tree: Tree = {}
    for number, action in enumerate(actions):
        *above, last = action.path.steps
        branch = tree
        for step in above:
            branch = branch.setdefault(step, {})
        branch[last] = number
    return Update(
        names=names,
        values=values,
        touched=tuple(str(step) for step in tree),
        outcomes=tuple(outcome_of(action) for action in actions),
        checks=tuple(check for action in actions for check in check_of(action)),
        tree=tree,
        is_flat=all(isinstance(below, int) for below in tree.values()),
        paths=projection_of(action.path for action in actions),
    )


def _put(members: Item, name: str, value: AttributeValue | None) -> None:
    """None: leave it alone. GONE: take it away."""
    if value is GONE:
        members.pop(name, None)
    elif value is not None:
        members[name] = value


def _write_members(members: Item, tree: Tree, made: list[AttributeValue | None], depth: int) -> None:
    """Write into a map that is already a copy."""
    for step, below in tree.items():
        assert isinstance(step, str), tree
        if isinstance(below, int):
            _check_depth(made[below], depth)
            _put(members, step, made[below])
        else:
            members[step] = _rewritten(members.get(step), below, made, depth + 1)


def _rewritten(
    value: AttributeValue | None, tree: Tree, made: list[AttributeValue | None], depth: int
) -> AttributeValue:
    """A copy of a map or list with the actions below it done."""
    if value is None:
        raise invalid(BAD_PATH)
    wants_list = isinstance(next(iter(tree)), int)
    if wants_list and "L" in value:
        return {"L": _rewritten_list(value["L"], tree, made, depth)}
    if not wants_list and "M" in value:
        members = dict(value["M"])
        _write_members(members, tree, made, depth)
        return {"M": members}
    raise invalid(BAD_PATH)


def _rewritten_list(
    before: list[AttributeValue], tree: Tree, made: list[AttributeValue | None], depth: int
) -> list[AttributeValue]:
    elements = list(before)
    gone: list[int] = []
    for index in sorted(int(step) for step in tree):
        below = tree[index]
        if not isinstance(below, int):
            deeper = _rewritten(before[index] if index < len(before) else None, below, made, depth + 1)
            elements[index] = deeper
            continue
        value = made[below]
        _check_depth(value, depth)
        if value is GONE:
            gone.append(index)
        elif value is not None and index < len(before):
            elements[index] = value
        elif value is not None:
            elements.append(value)
    for index in reversed([index for index in gone if index < len(before)]):
        del elements[index]
    return elements


def _check_depth(value: AttributeValue | None, depth: int) -> None:
    """depth: of the place where the value goes, 1 for an attribute of the item."""
    if value and ("L" in value or "M" in value) and depth_of(value) + depth - 1 > NESTING_MOST:
        raise invalid(TOO_DEEP)
