"""Endpoint groups and their endpoints, as calls (section 2.3). How an endpoint is comes from the edges."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from sandbox.aws.services.globalaccelerator.accelerators import Accelerator
from sandbox.aws.services.globalaccelerator.endpoint_groups import EndpointGroup
from sandbox.aws.services.globalaccelerator.paging import page
from sandbox.aws.services.globalaccelerator.request_reading import Requests


class EndpointGroupResponses(Requests):
    """One call."""

    def create_endpoint_group(self) -> ActionResult:
        """A new one, or the one that this token made."""
        return self._group(self.backend.create_endpoint_group(self.asked).arn)

    def describe_endpoint_group(self) -> ActionResult:
        """With the health of its endpoints."""
        return self._group(self.asked["EndpointGroupArn"])

    def update_endpoint_group(self) -> ActionResult:
        """Settings; lists replace lists."""
        return self._group(self.backend.update_endpoint_group(self.asked).arn)

    def delete_endpoint_group(self) -> ActionResult:
        """With its endpoints."""
        self.backend.delete_endpoint_group(self.asked["EndpointGroupArn"])
        return EmptyResult()

    def list_endpoint_groups(self) -> ActionResult:
        """A page of a listener's."""
        asked = self.asked
        accelerator, listener = self.backend.listener(asked["ListenerArn"])
        groups, token = page(list(listener.groups.values()), asked.get("MaxResults"), asked.get("NextToken"))
        shown = [self._image(accelerator, group) for group in groups]
        return ActionResult({"EndpointGroups": shown, "NextToken": token})

    def add_endpoints(self) -> ActionResult:
        """Item by item; what was added is shown."""
        asked = self.asked
        accelerator, _, group = self.backend.endpoint_group(self.backend.add_endpoints(asked).arn)
        added = {each["EndpointId"] for each in asked["EndpointConfigurations"]}
        described = self._image(accelerator, group)["EndpointDescriptions"]
        shown = [each for each in described if each["EndpointId"] in added]
        return ActionResult({"EndpointGroupArn": group.arn, "EndpointDescriptions": shown})

    def remove_endpoints(self) -> ActionResult:
        """Item by item."""
        self.backend.remove_endpoints(self.asked)
        return EmptyResult()

    def _group(self, arn: str) -> ActionResult:
        accelerator, _, group = self.backend.endpoint_group(arn)
        return ActionResult({"EndpointGroup": self._image(accelerator, group)})

    def _image(self, accelerator: Accelerator, group: EndpointGroup) -> dict[str, Any]:
        return group.image(self.backend.around.health(accelerator.id).get(group.arn, {}))
