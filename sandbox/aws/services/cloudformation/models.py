"""CloudFormation's backend: moto's, with stacks that fail and go back as AWS's do.

A template with resources that moto does not build is refused before any is made: moto itself warns in a log and reports
CREATE_COMPLETE, which a learner would believe. What fails while it is made ends in ROLLBACK_COMPLETE.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.cloudformation import models
from moto.cloudformation.exceptions import AlreadyExistsException, CloudFormationError, ValidationError
from moto.cloudformation.models import CloudFormationBackend, Stack, cloudformation_backends
from moto.cloudformation.parsing import get_model_map

from sandbox.aws.services.cloudformation.failures import ResourceFailed
from sandbox.aws.services.cloudformation.resources import SandboxResourceMap, every_home_is_there
from sandbox.aws.services.cloudformation.stacks import SandboxStack
from sandbox.aws.services.cloudformation.templates import changed_types, unbuildable

NOT_UPDATABLE = ("CREATE_FAILED", "DELETE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")


class SandboxCloudFormationBackend(CloudFormationBackend):
    """One account and region."""

    def create_stack(self, name: str, template: str, *rest: Any, **options: Any) -> Any:
        """As moto, after a look at the resource types; rolled back when a resource fails."""
        refuse_unbuildable(template)
        known = set(self.stacks)
        try:
            return super().create_stack(name, template, *rest, **options)
        except AlreadyExistsException:
            raise
        except ResourceFailed as failure:
            stack = self._new_stack(name, known)
            stack.roll_back(failure)
            self._forget_exports(stack)
            return stack
        except CloudFormationError:
            stack = self._new_stack(name, known)
            if stack is not None:  # a mistake in the template that shows only now
                stack.resource_map.undo_creation()
                self._forget_exports(stack)
                del self.stacks[stack.stack_id]
            raise
        finally:
            stack = self._new_stack(name, known)
            if stack is not None:
                stack.resource_map.rest()

    def update_stack(self, name: str, template: str, *rest: Any, **options: Any) -> Any:
        """As moto, after a look at the resource types."""
        refuse_unbuildable(template or "")
        self._refuse_update(self.get_stack(name), template)
        return super().update_stack(name, template, *rest, **options)

    def create_change_set(
        self, stack_name: str, change_set_name: str, template: str, *rest: Any, **options: Any
    ) -> Any:
        """As moto, after a look at the resource types."""
        refuse_unbuildable(template)
        if options.get("change_set_type") == "UPDATE":
            self._refuse_update(self.get_stack(stack_name), template)
        return super().create_change_set(stack_name, change_set_name, template, *rest, **options)

    def execute_change_set(self, change_set_name: str, stack_name: str | None = None) -> None:
        """As moto, with a way back, and with the outputs, which moto leaves out."""
        change_set = self._change_set(change_set_name, stack_name)
        stack: Any = self.stacks[change_set.stack_id]
        self._refuse_while_busy(stack, "updated")
        if change_set.change_set_type == "UPDATE":
            stack.change(lambda: self._execute(change_set))
            return
        stack.status = "CREATE_IN_PROGRESS"
        try:
            self._execute(change_set)
        except ResourceFailed as failure:
            stack.roll_back(failure)

    def _execute(self, change_set: Any) -> None:
        stack: Any = self.stacks[change_set.stack_id]
        super().execute_change_set(change_set.change_set_id)
        stack.template_dict, stack.parameters = change_set.template_dict, change_set.parameters
        stack.output_map = stack._create_output_map()
        self._forget_exports(stack)
        self.exports.update({export.name: export for export in stack.exports})

    def delete_stack(self, name_or_stack_id: str) -> None:
        """A stack is listed until it is gone; one of which something is left stays, as DELETE_FAILED."""
        for stack in [each for each in self.stacks.values() if name_or_stack_id in (each.stack_id, each.name)]:
            self._refuse_while_busy(stack, "deleted")
            self._delete(stack)

    def _delete(self, stack: Any) -> None:
        try:
            stack.delete()
        except ResourceFailed:
            return  # its events say why
        finally:
            self._forget_exports(stack)
        self.deleted_stacks[stack.stack_id] = stack
        self.stacks.pop(stack.stack_id, None)

    def create_stack_set(self, name: str, template: str, *rest: Any, **options: Any) -> Any:
        """As moto, after a look at the resource types."""
        refuse_unbuildable(template)
        return super().create_stack_set(name, template, *rest, **options)

    def create_stack_instances(self, stackset_name: str, *rest: Any, **options: Any) -> str:
        """As moto; the operation has failed when one of its stacks has."""
        operation_id = super().create_stack_instances(stackset_name, *rest, **options)
        stack_set = self.describe_stack_set(stackset_name)
        if any(instance.stack.status != "CREATE_COMPLETE" for instance in stack_set.stack_instances):
            stack_set.update_operation(operation_id, "FAILED")
        return operation_id

    def _refuse_while_busy(self, stack: Any, what: str) -> None:
        if stack.is_busy:
            raise ValidationError(message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be {what}.")

    def _refuse_update(self, stack: Any, template: str) -> None:
        self._refuse_while_busy(stack, "updated")
        if stack.status in NOT_UPDATABLE:
            raise ValidationError(message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")
        names = changed_types(stack.template_dict, Stack.parse_template(template) if template else {})
        if names:
            problem = "Update of resource type is not permitted. The new template modifies resource type of the"
            raise ValidationError(message=f"{problem} following resources: [{', '.join(names)}]")

    def _change_set(self, name: str, stack_name: str | None) -> Any:
        """By ARN, or by its name among those of the stack; the newest of several."""
        if name in self.change_sets:
            return self.change_sets[name]
        for change_set in reversed(list(self.change_sets.values())):
            if change_set.change_set_name == name and stack_name in (
                None, change_set.stack_name, change_set.stack_id
            ):  # fmt: skip
                return change_set
        raise ValidationError(name)

    def _new_stack(self, name: str, known: set[str]) -> Any:
        """The stack that a call has begun; others are begun beside it."""
        new = (stack for stack in list(self.stacks.values()) if stack.name == name and stack.stack_id not in known)
        return next(new, None)

    def _forget_exports(self, stack: Any) -> None:
        for name in [name for name, export in self.exports.items() if export.exporting_stack_id == stack.stack_id]:
            del self.exports[name]


def refuse_unbuildable(template: str) -> None:
    """AWS's ValidationError for a template that this sandbox cannot build whole."""
    parsed = Stack.parse_template(template) if template else {}
    problems = unbuildable(parsed, get_model_map()) if isinstance(parsed, dict) else []
    if problems:
        raise ValidationError(message="Template error: " + "; ".join(problems))


def install(refuse_lost_home: Callable[[str], None] = every_home_is_there) -> None:
    """Make new backends and stacks ours. refuse_lost_home: see `SandboxResourceMap`."""
    SandboxResourceMap.refuse_lost_home = staticmethod(refuse_lost_home)
    cloudformation_backends.backend = SandboxCloudFormationBackend
    moto: Any = models
    moto.Stack = SandboxStack
