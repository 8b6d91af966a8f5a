"""Listeners, as calls (section 2.2)."""

from __future__ import annotations

from moto.core.responses import ActionResult, EmptyResult

from sandbox.aws.services.globalaccelerator.paging import page
from sandbox.aws.services.globalaccelerator.request_reading import Requests


class ListenerResponses(Requests):
    """One call."""

    def create_listener(self) -> ActionResult:
        """A new one, or the one that this token made."""
        return ActionResult({"Listener": self.backend.create_listener(self.asked).image()})

    def describe_listener(self) -> ActionResult:
        """As it is."""
        return ActionResult({"Listener": self.backend.listener(self.asked["ListenerArn"])[1].image()})

    def update_listener(self) -> ActionResult:
        """Ports, protocol, affinity."""
        return ActionResult({"Listener": self.backend.update_listener(self.asked).image()})

    def delete_listener(self) -> ActionResult:
        """Once it is empty."""
        self.backend.delete_listener(self.asked["ListenerArn"])
        return EmptyResult()

    def list_listeners(self) -> ActionResult:
        """A page of them."""
        asked = self.asked
        listeners = list(self.backend.accelerator(asked["AcceleratorArn"]).listeners.values())
        found, token = page(listeners, asked.get("MaxResults"), asked.get("NextToken"))
        return ActionResult({"Listeners": [one.image() for one in found], "NextToken": token})
