"""A stack that fails as CloudFormation's do: the reason in its events, and back to what was before."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from moto.cloudformation.exceptions import CloudFormationError
from moto.cloudformation.models import Event, Stack
from moto.cloudformation.parsing import OutputMap

from sandbox.aws.services.cloudformation.failures import ResourceFailed
from sandbox.aws.services.cloudformation.resources import SandboxResourceMap

CREATE_REASON = "The following resource(s) failed to create: [{names}]. Rollback requested by user."
UPDATE_REASON = "The following resource(s) failed to update: [{names}]."
DELETE_REASON = "The following resource(s) failed to delete: [{names}]."


class SandboxStack(Stack):
    """moto's stack. failure_reason: why its creation failed; "" when it did not."""

    class Meta:
        """moto finds these by the name of its own class, which is not ours."""

        serialization_aliases = MappingProxyType(
            {
                **Stack.Meta.serialization_aliases,
                "StackName": "name",
                "StackStatus": "status",
                "StackStatusReason": "status_reason",
            }
        )

    failure_reason = ""
    status_reason: str | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.status = "CREATE_IN_PROGRESS"

    @property
    def is_busy(self) -> bool:
        """Whether an operation is under way."""
        return self._resources.is_busy

    @property
    def outputs(self) -> Any:
        """None while they may change."""
        return None if self.status.endswith("_IN_PROGRESS") else super().outputs

    @property
    def stack_resources(self) -> Any:
        """Those that are there: not those of a false condition, nor what has been deleted."""
        return [resource for resource in self.resource_map.values() if resource is not None]

    def _create_resource_map(self) -> Any:
        resources = SandboxResourceMap(
            self.stack_id,
            self.name,
            self.parameters,
            self.tags,
            account_id=self.account_id,
            region_name=self.region_name,
            template=self.template_dict,
            cross_stack_resources=self.cross_stack_resources,
        )
        resources.load()
        return resources

    def create_resources(self) -> None:
        """Make everything, and look whether the outputs can be had."""
        super().create_resources()
        self._resources.check_outputs()

    def roll_back(self, failure: ResourceFailed) -> None:
        """After a creation that failed: nothing stays but what is to be retained."""
        self.failure_reason = failure.reason
        self._note_failure("CREATE_FAILED", failure)
        self._set_status("ROLLBACK_IN_PROGRESS", CREATE_REASON.format(names=failure.logical_id))
        self._end(self._resources.undo_creation(), "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
        self.output_map = OutputMap(self.resource_map, {}, self.stack_id)

    def change(self, update: Callable[[], None]) -> None:
        """Run an update of this stack; when it fails, go back to the template and parameters before."""
        template, parsed, parameters = self.template, self.template_dict, self.resource_map.input_parameters
        seen, status = len(self.events), self.status
        self.status = "UPDATE_IN_PROGRESS"
        try:
            update()
        except ResourceFailed as failure:
            self._note_failure("UPDATE_FAILED", failure)
            self._set_status("UPDATE_ROLLBACK_IN_PROGRESS", UPDATE_REASON.format(names=failure.logical_id))
            self.template, self.template_dict, self.parameters = template, parsed, parameters
            self._undo_update()
            self.output_map = self._create_output_map()
            return
        except CloudFormationError:  # the template's mistake: nothing was to be made
            self.template, self.template_dict, self.parameters = template, parsed, parameters
            self._resources.undo_update(parsed, parameters)
            del self.events[seen:]
            self.status = status
            raise
        self.status_reason = None
        for left in self._resources.cleanup_failures:
            self._note_failure("DELETE_FAILED", left)

    def _undo_update(self) -> None:
        try:
            self._resources.undo_update(self.template_dict, self.parameters)
        except ResourceFailed as second:
            self._end([second], "", "UPDATE_ROLLBACK_FAILED")
        else:
            self._end(self._resources.cleanup_failures, "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED")

    def update(self, *arguments: Any, **options: Any) -> None:
        """As moto, with a way back."""
        self.change(lambda: Stack.update(self, *arguments, **options))

    def delete(self) -> None:
        """As moto; a resource that cannot be deleted is named, and the stack stays."""
        self.status = "DELETE_IN_PROGRESS"
        try:
            super().delete()
        except ResourceFailed as failure:
            self._note_failure("DELETE_FAILED", failure)
            self._set_status("DELETE_FAILED", DELETE_REASON.format(names=failure.logical_id))
            raise
        finally:
            self.output_map = OutputMap(self.resource_map, {}, self.stack_id)

    @property
    def _resources(self) -> SandboxResourceMap:
        resources = self.resource_map
        assert isinstance(resources, SandboxResourceMap), resources
        return resources

    def _end(self, failures: list[ResourceFailed], done: str, failed: str) -> None:
        for failure in failures:
            self._note_failure("DELETE_FAILED", failure)
        reason = f"{self.status_reason} {failures[0].reason}" if failures else self.status_reason
        self._set_status(failed if failures else done, reason)

    def _set_status(self, status: str, reason: str | None) -> None:
        self.status, self.status_reason = status, reason
        self._add_stack_event(status, resource_status_reason=reason)

    def _note_failure(self, status: str, failure: ResourceFailed) -> None:
        self.events.append(
            Event(
                stack_id=self.stack_id,
                stack_name=self.name,
                logical_resource_id=failure.logical_id,
                physical_resource_id=failure.physical_id,
                resource_type=failure.resource_type,
                resource_status=status,
                resource_status_reason=failure.reason,
                resource_properties=None,
            )
        )
