"""AWS::DynamoDB::Table and AWS::DynamoDB::GlobalTable as moto's CloudFormation makes, changes and deletes resources.

moto calls `create_from_cloudformation_json` and the like on what stands in its map of models; `install` puts ours there
in place of its own table. What stays in a stack is a `StackTable`: plain values, saved with the stack.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.parsing import get_model_map, get_name_type_map
from moto.utilities.utils import get_partition

from sandbox.aws.services.cloudformation.failures import HalfMade
from sandbox.aws.services.dynamodb import global_tables, plans, tables
from sandbox.aws.services.dynamodb.properties import invalid
from sandbox.aws.services.dynamodb.values import GLOBAL_TABLE, TABLE, Doors, Given, Place, Wanted
from sandbox.aws.services.dynamodb.work import Work
from sandbox.kernel.errors import Refusal

ATTRIBUTES = {"Arn": "TableArn", "StreamArn": "LatestStreamArn", "TableId": "TableId"}
NAMES = {TABLE: tables.wanted, GLOBAL_TABLE: global_tables.wanted}
CUSTOM_NAME = (
    "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {name} and update "
    "the stack again."
)


class StackTable:
    """A table that a stack has made. made: what of its properties; attributes: what Fn::GetAtt answers."""

    def __init__(self, place: Place, *, is_named: bool, stack_tags: dict[str, str]) -> None:
        self.place = place
        self.is_named = is_named
        self.stack_tags = stack_tags
        self.made = Wanted(home={})
        self.attributes: dict[str, str] = {}

    @property
    def physical_resource_id(self) -> str:
        """What Ref answers."""
        return self.place.name

    def is_created(self) -> bool:
        """Always: it is waited for."""
        return True

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Fn::GetAtt (GT 7.07)."""
        if attribute_name not in self.attributes:
            raise UnformattedGetAttTemplateException()
        return self.attributes[attribute_name]

    def note(self, made: Wanted) -> None:
        """So far has it come."""
        self.made = made

    def look(self, description: Given) -> None:
        """Take attributes from DescribeTable."""
        self.attributes = {ours: description[theirs] for ours, theirs in ATTRIBUTES.items() if theirs in description}


class TableModel:
    """What moto calls for one type of resource. wanted: its properties, in a region, as what is wanted."""

    def __init__(self, doors: Doors, kind: str, wanted: Callable[[Given, str], Wanted]) -> None:
        self._doors = doors
        self._kind = kind
        self._wanted = wanted

    def cloudformation_type(self) -> str:
        """The type in templates."""
        return self._kind

    def cloudformation_name_type(self) -> str:
        """The property that names it."""
        return "TableName"

    def has_cfn_attr(self, attr: str) -> bool:
        """Whether Fn::GetAtt may ask for it."""
        return attr in ATTRIBUTES

    def create_from_cloudformation_json(
        self, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> StackTable:
        """A new table."""
        is_named = "TableName" in cloudformation_json["Properties"]
        stack_tags = self._tags_of_stack(account_id, region_name, str(kwargs.get("StackId")))
        table = StackTable(place_of(resource_name, account_id, region_name), is_named=is_named, stack_tags=stack_tags)
        return self._create(table, cloudformation_json["Properties"])

    def update_from_cloudformation_json(
        self,
        original_resource: StackTable | None,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> StackTable:
        """The same table, changed, or a new one; the stack deletes the one that is replaced."""
        given = cloudformation_json["Properties"]
        if original_resource is None:
            return self.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)
        table = original_resource
        after = self._wanted_with_tags(given, table)
        named = given.get("TableName")
        is_renamed = named != table.place.name if named is not None else table.is_named
        if is_renamed or plans.is_replaced(table.made, after):
            if named == table.place.name:
                raise invalid(CUSTOM_NAME.format(name=named))
            place = place_of(new_resource_name, account_id, region_name)
            return self._create(StackTable(place, is_named=named is not None, stack_tags=table.stack_tags), given)
        plans.check_update(table.made, after)
        work = Work(self._doors, table.place)
        steps = plans.changes(table.place, table.made, after)
        work.carry_out(steps, table.note)
        if steps:
            table.look(work.describe() or {})
        return table

    def delete_from_cloudformation_json(
        self, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        """Take it away; a GlobalTable's replicas first."""
        work = Work(self._doors, place_of(resource_name, account_id, region_name))
        work.remove(with_replicas=self._kind == GLOBAL_TABLE)

    def _create(self, table: StackTable, given: Given) -> StackTable:
        """All of it, or nothing of it."""
        wanted = self._wanted_with_tags(given, table)
        work = Work(self._doors, table.place)
        try:
            work.carry_out(plans.creation(table.place, wanted), table.note)
        except Refusal as refusal:
            if table.made.home:  # CreateTable was answered: it is ours
                self._take_back(work, refusal, table)
            raise
        table.look(work.describe() or {})
        return table

    def _take_back(self, work: Work, refusal: Refusal, table: StackTable) -> None:
        try:
            work.remove(with_replicas=self._kind == GLOBAL_TABLE)
        except Refusal as second:
            raise HalfMade(refusal, second, table) from refusal

    def _wanted_with_tags(self, given: Given, table: StackTable) -> Wanted:
        """The stack's tags are a Table's too; those of a GlobalTable's replicas stand in its template alone."""
        wanted = self._wanted(given, table.place.region)
        if self._kind == GLOBAL_TABLE or not table.stack_tags:
            return wanted
        return replace(wanted, home={**wanted.home, "Tags": {**table.stack_tags, **wanted.home.get("Tags", {})}})

    def _tags_of_stack(self, account: str, region: str, stack_id: str) -> dict[str, str]:
        stack = cloudformation_backends[account][region].stacks.get(stack_id)
        return {} if stack is None else dict(stack.tags)


def place_of(name: str, account: str, region: str) -> Place:
    """Where a stack's table is."""
    return Place(region=region, account=account, partition=get_partition(region), name=name)


def install(doors: Doors) -> None:
    """Have moto's CloudFormation make tables through these doors."""
    models: Any = get_model_map()
    for kind, wanted in NAMES.items():
        models[kind] = TableModel(doors, kind, wanted)
        get_name_type_map()[kind] = "TableName"
