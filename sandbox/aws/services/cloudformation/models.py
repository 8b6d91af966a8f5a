"""CloudFormation's backend: moto's, but a template with resources that moto does not build is refused before any is
made.

moto itself warns in a log and reports CREATE_COMPLETE, which a learner would believe.
"""

from __future__ import annotations

from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import CloudFormationBackend, Stack, cloudformation_backends
from moto.cloudformation.parsing import get_model_map

from sandbox.aws.services.cloudformation.templates import unbuildable


class SandboxCloudFormationBackend(CloudFormationBackend):
    """One account and region."""

    def create_stack(self, name: str, template: str, *rest: Any, **options: Any) -> Any:
        """As moto, after a look at the resource types."""
        refuse_unbuildable(template)
        return super().create_stack(name, template, *rest, **options)

    def update_stack(self, name: str, template: str, *rest: Any, **options: Any) -> Any:
        """As moto, after a look at the resource types."""
        refuse_unbuildable(template or "")
        return super().update_stack(name, template, *rest, **options)

    def create_change_set(
        self, stack_name: str, change_set_name: str, template: str, *rest: Any, **options: Any
    ) -> Any:
        """As moto, after a look at the resource types."""
        refuse_unbuildable(template)
        return super().create_change_set(stack_name, change_set_name, template, *rest, **options)

    def create_stack_set(self, name: str, template: str, *rest: Any, **options: Any) -> Any:
        """As moto, after a look at the resource types."""
        refuse_unbuildable(template)
        return super().create_stack_set(name, template, *rest, **options)


def refuse_unbuildable(template: str) -> None:
    """AWS's ValidationError for a template that this sandbox cannot build whole."""
    parsed = Stack.parse_template(template) if template else {}
    problems = unbuildable(parsed, get_model_map()) if isinstance(parsed, dict) else []
    if problems:
        raise ValidationError(message="Template error: " + "; ".join(problems))


def install() -> None:
    """Make new backends ours."""
    cloudformation_backends.backend = SandboxCloudFormationBackend
