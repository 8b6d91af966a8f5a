"""Accelerators, their attributes and tags, as calls (section 1)."""

from __future__ import annotations

from moto.core.responses import ActionResult, EmptyResult

from sandbox.aws.services.globalaccelerator.accelerators import Accelerator
from sandbox.aws.services.globalaccelerator.paging import page
from sandbox.aws.services.globalaccelerator.request_reading import Requests


class AcceleratorResponses(Requests):
    """One call."""

    def create_accelerator(self) -> ActionResult:
        """A new one, or the one that this token made."""
        return self._accelerator(self.backend.create_accelerator(self.asked))

    def describe_accelerator(self) -> ActionResult:
        """With its status."""
        return self._accelerator(self.backend.accelerator(self.asked["AcceleratorArn"]))

    def update_accelerator(self) -> ActionResult:
        """Name and switch."""
        return self._accelerator(self.backend.update_accelerator(self.asked))

    def delete_accelerator(self) -> ActionResult:
        """Once it is disabled and empty."""
        self.backend.delete_accelerator(self.asked["AcceleratorArn"])
        return EmptyResult()

    def list_accelerators(self) -> ActionResult:
        """A page of them."""
        asked = self.asked
        items = list(self.backend.accelerators.values())
        found, token = page(items, asked.get("MaxResults"), asked.get("NextToken"))
        return ActionResult({"Accelerators": [one.image(self.backend.around) for one in found], "NextToken": token})

    def describe_accelerator_attributes(self) -> ActionResult:
        """Flow logs."""
        accelerator = self.backend.accelerator(self.asked["AcceleratorArn"])
        return ActionResult({"AcceleratorAttributes": accelerator.attributes})

    def update_accelerator_attributes(self) -> ActionResult:
        """Flow logs, which stay off."""
        return ActionResult({"AcceleratorAttributes": self.backend.update_attributes(self.asked).attributes})

    def tag_resource(self) -> ActionResult:
        """Tags of an accelerator."""
        asked = self.asked
        self.backend.tag(asked["ResourceArn"], asked["Tags"])
        return EmptyResult()

    def untag_resource(self) -> ActionResult:
        """Fewer tags."""
        asked = self.asked
        self.backend.untag(asked["ResourceArn"], asked["TagKeys"])
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        """All of its tags."""
        tags = self.backend.tags_of(self.asked["ResourceArn"])
        return ActionResult({"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]})

    def _accelerator(self, accelerator: Accelerator) -> ActionResult:
        return ActionResult({"Accelerator": accelerator.image(self.backend.around)})
