"""What our resources in CloudFormation stacks share: an id, attributes, and the questions moto asks of each.

CloudFormation itself takes seconds to load, so nothing here imports it before a stack asks.
moto finds resources by their `cloudformation_type`; of several classes for one type the last one defined counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class StackResource:
    """physical_id: what Ref gives. attributes: what Fn::GetAtt gives."""

    def __init__(self, physical_id: str, attributes: Mapping[str, Any]) -> None:
        self._physical_id = physical_id
        self._attributes = dict(attributes)

    @property
    def physical_resource_id(self) -> str:
        return self._physical_id

    @staticmethod
    def cloudformation_type() -> str:
        raise NotImplementedError  # each resource has its own

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return True

    def get_cfn_attribute(self, attribute_name: str) -> Any:
        """Fn::GetAtt."""
        from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

        if attribute_name not in self._attributes:
            raise UnformattedGetAttTemplateException
        return self._attributes[attribute_name]
