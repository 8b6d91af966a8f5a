"""TransactWriteItems and TransactGetItems. In: the catalogue, a body, now. Out: the answer, or why it was cancelled.

Every action is judged on the items as they are, and its write decided, before the first is stored: there is nothing to
undo and nothing to copy. A repeated token with the same request gets the first answer again, for ten minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson

from sandbox.kernel.errors import Refusal
from sandbox.tables.attributes import item_size
from sandbox.tables.capacity import Meter, collection_metrics, mode_of, read_units
from sandbox.tables.catalogue import Catalogue
from sandbox.tables.conditions import BoundCondition
from sandbox.tables.constraints import Body, constraint, one_of, optional, required
from sandbox.tables.expression_inputs import check_inputs, delete_inputs, get_inputs, put_inputs, update_inputs
from sandbox.tables.items import CONDITION_FAILED, updated
from sandbox.tables.projections import Projection
from sandbox.tables.refusals import INVALID_PARAMETER, invalid
from sandbox.tables.table import WRONG_KEY, Table
from sandbox.tables.updates import BoundUpdate
from sandbox.tables.values import Address, Item, TablesRefusal

Answer = dict[str, Any]
Checked = TypeVar("Checked")
ACTION = "TransactWriteItems"
VERBS = ("ConditionCheck", "Put", "Delete", "Update")
MOST_ACTIONS = 100
MOST_BYTES = 4 * 1024 * 1024
TOKEN_LIFE_S = 600.0
MOST_TOKENS = 100_000  # remembered at one time
LONGEST_TOKEN = 36
OF_THE_SCHEMA = (WRONG_KEY, *(INVALID_PARAMETER + words for words in ("Type mismatch for", "Missing the key")))
SAME_ITEM = "Transaction request cannot include multiple operations on one item"
DUPLICATE = "Duplicate primary key exists in table"
CANCELLED = "Transaction cancelled, please refer cancellation reasons for specific reasons"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One action, checked as far as it can be without the item. item: what a Put stores."""

    verb: str
    table: Table
    address: Address
    key: Item
    condition: BoundCondition | None
    update: BoundUpdate | None = None
    item: Item | None = None
    shows_old: bool = False
    is_insert: bool = False  # of PartiQL: the item must be new


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What one action would do: store `new` in place of `old`, or the reason why not."""

    step: Step
    old: Item | None
    new: Item | None = None
    reason: dict[str, Any] | None = None


def transact_write_items(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """TransactWriteItems."""
    actions = checked_length(body)

    def act() -> Answer:
        return run(catalogue, each_checked(actions, lambda action: checked_step(catalogue, action)), body, now_s)

    return once(catalogue, body, now_s, act)


def once(catalogue: Catalogue, body: Body, now_s: float, act: Callable[[], Answer]) -> Answer:
    """Act; but a request that repeats its ClientRequestToken gets the answer it had."""
    token = optional(body, "ClientRequestToken", str)
    if token is None:
        return act()
    request = orjson.dumps({name: value for name, value in body.items() if name != "ReturnConsumedCapacity"})
    known = remembered(catalogue, token, request, now_s)
    if known is not None:
        return known
    answer = act()
    remember(catalogue, token, request, answer, now_s)
    return answer


def run(catalogue: Catalogue, steps: Sequence[Step], body: Body, now_s: float) -> Answer:
    """All or nothing."""
    if len({(step.table.table_id, step.address) for step in steps}) != len(steps):
        raise invalid(SAME_ITEM)
    outcomes = [decide(step) for step in steps]
    if any(outcome.reason is not None for outcome in outcomes):
        raise cancelled([outcome.reason for outcome in outcomes])
    if sum(item_size(image) for each in outcomes if (image := each.new or each.old) is not None) > MOST_BYTES:
        raise invalid("Aggregated size of all items in the transaction exceeds the limit of 4 MB")
    meter = Meter(mode_of(body), "Write")
    for outcome in outcomes:
        step = outcome.step
        meter.add_write(step.table, step.address, outcome.old, outcome.new, transactional=True)
        if step.verb != "ConditionCheck" and (outcome.old is not None or outcome.new is not None):
            catalogue.write(step.table, step.address, outcome.old, outcome.new, now_s)
    answer: Answer = {}
    if meter.mode != "NONE":
        answer["ConsumedCapacity"] = meter.images()
    if body.get("ReturnItemCollectionMetrics") == "SIZE":
        metrics: dict[str, list[Any]] = {}
        for step in steps:
            if one := collection_metrics(step.table, step.key):
                metrics.setdefault(step.table.schema.name, []).append(one)
        answer["ItemCollectionMetrics"] = metrics
    return answer


def each_checked(actions: Sequence[Any], check: Callable[[Any], Checked]) -> list[Checked]:
    """Check each; a key that does not fit its schema cancels the transaction, other mistakes refuse the request."""
    found: list[Checked] = []
    reasons: list[dict[str, Any] | None] = []
    for action in actions:
        try:
            found.append(check(action))
            reasons.append(None)
        except Refusal as refusal:
            if refusal.code != "ValidationException" or not refusal.message.startswith(OF_THE_SCHEMA):
                raise
            reasons.append({"Code": "ValidationError", "Message": refusal.message})
    if any(reasons):
        raise cancelled(reasons)
    return found


def checked_length(body: Body) -> list[Any]:
    """TransactItems: 1 to 100."""
    actions: list[Any] = required(body, "TransactItems", list)
    if not 1 <= len(actions) <= MOST_ACTIONS:
        rule = "greater than or equal to 1" if not actions else f"less than or equal to {MOST_ACTIONS}"
        shown = "[]" if not actions else "[...]"
        raise constraint(shown, "transactItems", f"Member must have length {rule}")
    return actions


def checked_step(catalogue: Catalogue, action: Body) -> Step:
    """One element of TransactItems."""
    given = [(verb, action[verb]) for verb in VERBS if action.get(verb) is not None]
    if len(given) != 1:
        raise invalid("TransactItems can only contain one of Check, Put, Update or Delete")
    ((verb, request),) = given
    update = None
    if verb == "Put":
        condition = put_inputs(request, ACTION)
    elif verb == "Delete":
        condition = delete_inputs(request, ACTION)
    elif verb == "Update":
        required(request, "UpdateExpression")
        inputs = update_inputs(request, ACTION)
        condition, update = inputs.condition, inputs.update
    else:
        condition = check_inputs(request, ACTION)
    table = catalogue.table(required(request, "TableName"))
    item = table.checked_item(required(request, "Item")) if verb == "Put" else None
    key = table.key_of(item) if item is not None else table.checked_key(required(request, "Key"))
    if update is not None:
        update.refuse_keys(key)
    shown = one_of(request, "ReturnValuesOnConditionCheckFailure", ("ALL_OLD", "NONE"), "NONE")
    return Step(
        verb=verb,
        table=table,
        address=table.address_of(key),
        key=key,
        condition=condition,
        update=update,
        item=item,
        shows_old=shown == "ALL_OLD",
    )


def decide(step: Step) -> Outcome:
    """What the action would do now."""
    old = step.table.store.items.get(step.address)
    if step.condition is not None and not step.condition.holds(old):
        reason: dict[str, Any] = {"Code": "ConditionalCheckFailed", "Message": CONDITION_FAILED}
        if step.is_insert:
            reason = {"Code": "DuplicateItem", "Message": DUPLICATE}
        if step.shows_old and old is not None:
            reason["Item"] = old
        return Outcome(step=step, old=old, reason=reason)
    if step.verb == "ConditionCheck":
        return Outcome(step=step, old=old, new=old)
    if step.verb == "Put":
        return Outcome(step=step, old=old, new=step.item)
    if step.verb == "Delete":
        return Outcome(step=step, old=old)
    try:
        return Outcome(step=step, old=old, new=updated(step.table, step.update, old, step.key))
    except Refusal as refusal:
        return Outcome(step=step, old=old, reason={"Code": "ValidationError", "Message": refusal.message})


def cancelled(reasons: Sequence[dict[str, Any] | None]) -> Refusal:
    """TransactionCanceledException, with a reason for each action."""
    given = [reason or {"Code": "None"} for reason in reasons]
    codes = ", ".join(reason["Code"] for reason in given)
    return TablesRefusal("TransactionCanceledException", f"{CANCELLED} [{codes}]", {"CancellationReasons": given})


def remembered(catalogue: Catalogue, token: str, request: bytes, now_s: float) -> Answer | None:
    """The answer that this token was given; refused when the request is another one."""
    if not 1 <= len(token) <= LONGEST_TOKEN:
        rule = f"less than or equal to {LONGEST_TOKEN}" if token else "greater than or equal to 1"
        raise constraint(token, "clientRequestToken", f"Member must have length {rule}")
    known = catalogue.tokens.get(token)
    if known is None or known[2] <= now_s:
        return None
    if known[0] != request:
        raise Refusal(
            "IdempotentParameterMismatchException",
            "Request parameters do not match with previous request with same client token",
        )
    return known[1]


def remember(catalogue: Catalogue, token: str, request: bytes, answer: Answer, now_s: float) -> None:
    """Keep the answer for ten minutes; the oldest goes when there are too many."""
    catalogue.tokens.pop(token, None)
    catalogue.tokens[token] = (request, answer, now_s + TOKEN_LIFE_S)
    while len(catalogue.tokens) > MOST_TOKENS or next(iter(catalogue.tokens.values()))[2] <= now_s:
        del catalogue.tokens[next(iter(catalogue.tokens))]


def checked_get(catalogue: Catalogue, action: Body) -> tuple[Table, Item, Projection | None]:
    """One element of TransactGetItems: where to look, and what to show."""
    request = required(action, "Get", dict)
    projection = get_inputs(request, "TransactGetItems")
    table = catalogue.table(required(request, "TableName"))
    return table, table.checked_key(required(request, "Key")), projection


def transact_get_items(catalogue: Catalogue, body: Body, now_s: float) -> Answer:
    """TransactGetItems."""
    meter = Meter(mode_of(body), "Read")
    responses: list[Answer] = []
    for table, key, projection in each_checked(checked_length(body), lambda action: checked_get(catalogue, action)):
        item = table.store.items.get(table.address_of(key))
        size = 0 if item is None else item_size(item)
        meter.add(table.schema.name, read_units(size, consistent=True, transactional=True))
        responses.append({} if item is None else {"Item": item if projection is None else projection.of(item)})
    answer: Answer = {"Responses": responses}
    if meter.mode != "NONE":
        answer["ConsumedCapacity"] = meter.images()
    return answer
