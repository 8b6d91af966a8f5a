"""Global Accelerator's calls: a request by AWS's model in, what the backend has out.

One mixin per kind of resource; moto finds the method of an operation by its name. Operations without a method (custom
routing, cross-account attachments, addresses of one's own) are refused by name by whoever hosts moto.
"""

from __future__ import annotations

from sandbox.aws.services.globalaccelerator.accelerator_responses import AcceleratorResponses
from sandbox.aws.services.globalaccelerator.endpoint_group_responses import EndpointGroupResponses
from sandbox.aws.services.globalaccelerator.listener_responses import ListenerResponses


class GlobalAcceleratorResponse(AcceleratorResponses, ListenerResponses, EndpointGroupResponses):
    """One call."""
