"""The resources of one stack: moto's map, made to fail and to go back as CloudFormation does.

moto makes a resource when anybody asks for it, even while another thread makes it or after the stack is deleted, and
deletes before it makes. Here only the thread of an operation makes anything; what fails is named; what is removed or
replaced is deleted last, when nothing can fail any more; and DeletionPolicy holds in updates too.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moto.cloudformation.exceptions import CloudFormationError
from moto.cloudformation.parsing import OutputMap, ResourceMap, parse_and_update_resource

from sandbox.aws.services.cloudformation.failures import REASONS, HalfMade, ResourceFailed, reason_of
from sandbox.aws.services.cloudformation.homes import service_of

KEPT_ON_DELETE = ("Retain", "RetainExceptOnCreate")
RESOURCES_OF_REGIONS = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")


def every_home_is_there(service: str) -> None:
    """The default of `refuse_lost_home`."""


class SandboxResourceMap(ResourceMap):
    """Logical id -> resource. refuse_lost_home: raises a Refusal while a global service's control plane is away."""

    refuse_lost_home: Callable[[str], None] = staticmethod(every_home_is_there)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.is_busy = bool(self._resource_json_map)  # else it waits for its first change set
        self._maker = threading.get_ident() if self.is_busy else None
        self.cleanup_failures: list[ResourceFailed] = []
        self._undoing = False
        self._replaced: dict[str, Any] = {}  # logical id -> the resource before, until the update is over

    def __getitem__(self, key: str) -> Any:
        if self._maker != threading.get_ident() or key in self._parsed_resources:
            return self._parsed_resources.get(key)
        try:
            asked = self._resource_json_map.get(key)
            if asked is not None and self._is_wanted(asked):
                self._refuse_lost_home(asked)
            resource: Any = super().__getitem__(key)
        except ResourceFailed:
            raise
        except REASONS as error:
            if isinstance(error, CloudFormationError):
                raise
            if isinstance(error, HalfMade):
                self._keep(key, error.resource)
            raise self._failed(key, error) from error
        problem = getattr(resource, "failure_reason", "")  # of a nested stack
        if problem:
            raise ResourceFailed(key, str(resource.cf_resource_type), resource.physical_resource_id, problem)
        return resource

    def __getstate__(self) -> dict[str, Any]:
        """Saved while somebody works on it: nobody does when it is read again."""
        return {**vars(self), "is_busy": False, "_maker": None, "_undoing": False}

    @contextmanager
    def _at_work(self, *, makes: bool = True) -> Iterator[None]:
        before = self.is_busy, self._maker
        self.is_busy, self._maker = True, threading.get_ident() if makes else None
        try:
            yield
        finally:
            self.is_busy, self._maker = before

    def create(self, template: dict[str, Any]) -> bool:
        """Make everything."""
        try:
            return super().create(template)
        finally:
            self.rest()

    def rest(self) -> None:
        """The operation is over, however it ended."""
        self.is_busy, self._maker = False, None

    def update(self, template: dict[str, Any], parameters: dict[str, Any] | None = None) -> None:
        """Make, change, and only then delete."""
        with self._at_work():
            self._update(template, parameters)

    def _update(self, template: dict[str, Any], parameters: dict[str, Any] | None) -> None:
        before = self._resource_json_map
        changed = self.build_resource_diff(template, parameters)["Modify"]
        made = {name for name in before if name in self._parsed_resources}
        self._template = template
        if parameters:
            self.input_parameters = parameters
        self.load_mapping()
        self.load_parameters()
        self.load_conditions()
        self._resource_json_map = template["Resources"]
        self.validate_outputs()
        wanted = {name for name, resource in self._resource_json_map.items() if self._is_wanted(resource)}
        for name in self._resource_json_map:
            if name in wanted and name not in made:
                self[name]
        self._modify_all(
            [
                name
                for name, resource in self._resource_json_map.items()
                if name in wanted & made and (name in changed or resource["Type"] in RESOURCES_OF_REGIONS)
            ]
        )
        self.check_outputs()
        self._clean_up({name: before[name] for name in before if name in made - wanted})

    def undo_update(self, template: dict[str, Any], parameters: dict[str, Any]) -> None:
        """Back to what was before an update that failed."""
        self._undoing = True
        try:
            with self._at_work():
                self._undo_replacements()
                self._update(template, parameters)
        finally:
            self._undoing = False

    def _undo_replacements(self) -> None:
        for name, resource in list(self._replaced.items()):
            failure = self._delete(name, self._resource_json_map[name])
            self._parsed_resources[name] = resource
            del self._replaced[name]
            if failure is not None:
                raise failure

    def check_outputs(self) -> None:
        """An output that cannot be had fails the stack, not whoever looks at it later."""
        try:
            list(OutputMap(self, self._template, self.stack_id).values())
        except ResourceFailed:
            raise
        except CloudFormationError as error:
            raise ResourceFailed("Outputs", "AWS::CloudFormation::Stack", self.stack_id, error.message) from error

    def undo_creation(self) -> list[ResourceFailed]:
        """Delete what a creation that failed has made; what could not be deleted."""
        self.is_busy, self._maker, self._undoing = True, None, True
        made = [name for name in self._resource_json_map if name in self._parsed_resources]
        failures = [self._delete(name, self._resource_json_map[name]) for name in reversed(made)]
        self.is_busy = self._undoing = False
        return [failure for failure in failures if failure is not None]

    def delete(self) -> None:
        """Delete everything but what is to stay."""
        with self._at_work(makes=False):
            try:
                super().delete()
            except REASONS as error:
                raise self._failed(self._left()[0], error) from error

    def _left(self) -> list[str]:
        """What a deletion has not deleted, first of all what it should have."""
        left = [name for name in self._resource_json_map if name in self._parsed_resources]
        return sorted(left, key=lambda name: self._resource_json_map[name].get("DeletionPolicy") in KEPT_ON_DELETE)

    def _keep(self, key: str, resource: Any) -> None:
        resource.cf_resource_type = self._resource_json_map[key]["Type"]
        resource.logical_resource_id = key
        self._parsed_resources[key] = resource

    # -- one resource ---------------------------------------------------------------------------------------------

    def _modify_all(self, names: list[str]) -> None:
        """What fails is tried again after the others, which it may depend on."""
        while names:
            failures: dict[str, ResourceFailed] = {}
            for name in names:
                try:
                    self._modify(name)
                except ResourceFailed as failure:
                    failures[name] = failure
            if len(failures) == len(names):
                raise failures[names[0]]
            names = list(failures)

    def _modify(self, name: str) -> None:
        before = self._parsed_resources[name]
        try:
            self._refuse_lost_home(self._resource_json_map[name])
            after: Any = parse_and_update_resource(
                name, copy.deepcopy(self._resource_json_map[name]), self, self._account_id, self._region_name
            )
        except ResourceFailed:
            raise
        except REASONS as error:
            raise self._failed(name, error) from error
        if after is None:
            return  # moto has no update for this type
        if self._resource_json_map[name]["Type"] in RESOURCES_OF_REGIONS and after is not before:
            self._replaced.setdefault(name, before)
        self._parsed_resources[name] = after

    def _clean_up(self, removed: Mapping[str, Any]) -> None:
        """Delete what is no longer wanted. What cannot be deleted is out of the stack all the same, as on AWS."""
        self.cleanup_failures = []
        left = dict(removed)
        for _ in range(len(removed)):  # what depends on another goes in a later round
            failures = {name: self._delete(name, resource) for name, resource in left.items()}
            left = {name: removed[name] for name, failure in failures.items() if failure is not None}
            self.cleanup_failures = [failure for failure in failures.values() if failure is not None]
            if not left:
                break
        for name in left:
            self._parsed_resources.pop(name, None)
        for name, resource in self._replaced.items():
            policy = {"Type": resource.cf_resource_type, "DeletionPolicy": self._policy_of_replacement(name)}
            try:
                self._delete_resource(resource, policy)
            except REASONS as error:
                self.cleanup_failures.append(self._failed(name, error))
        self._replaced = {}

    def _policy_of_replacement(self, name: str) -> str:
        return str(self._resource_json_map[name].get("UpdateReplacePolicy", "Delete"))

    def _delete(self, name: str, resource_json: dict[str, Any]) -> ResourceFailed | None:
        try:
            self._delete_resource(self._parsed_resources[name], resource_json)
        except REASONS as error:
            return self._failed(name, error)
        del self._parsed_resources[name]
        return None

    def _delete_resource(self, parsed_resource: Any, resource_json: dict[str, Any]) -> None:
        policy = resource_json.get("DeletionPolicy")
        if policy == "Retain" or (policy in KEPT_ON_DELETE and not self._undoing):
            return
        self._refuse_lost_home(resource_json)
        super()._delete_resource(parsed_resource, resource_json)

    def _refuse_lost_home(self, resource_json: Mapping[str, Any]) -> None:
        service = service_of(str(resource_json.get("Type", "")))
        if service:
            self.refuse_lost_home(service)

    def _is_wanted(self, resource: Mapping[str, Any]) -> bool:
        condition = resource.get("Condition")
        return not condition or bool(self.lazy_condition_map[condition])

    def _failed(self, name: str, error: BaseException) -> ResourceFailed:
        resource_json = self._resource_json_map.get(name, {})
        resource = self._parsed_resources.get(name)
        physical_id = str(getattr(resource, "physical_resource_id", ""))
        return ResourceFailed(name, str(resource_json.get("Type", "")), physical_id, reason_of(error))
