"""Global Accelerator's errors (fact sheet, sections 1 and 2.5): each is HTTP 400 with `__type` and `Message`.

AWS's model has the names; the words are ours, and name the thing and the fix.
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class SerializationException(ServiceException):
    """A request that is no JSON, or JSON of another shape; AWS's services share it."""

    code = "SerializationException"


class InvalidArgumentException(ServiceException):
    """A value that cannot be."""

    code = "InvalidArgumentException"


class InvalidPortRangeException(ServiceException):
    """Ports that are no range, or that another listener has."""

    code = "InvalidPortRangeException"


class InvalidNextTokenException(ServiceException):
    """A page that does not follow."""

    code = "InvalidNextTokenException"
    message = "There is no page after this NextToken; list again from the start."


class LimitExceededException(ServiceException):
    """A quota (section 2.6)."""

    code = "LimitExceededException"

    def __init__(self, most: int, what: str) -> None:
        super().__init__(f"The request would exceed the limit of {most} {what}.")


class AcceleratorNotFoundException(ServiceException):
    """No such accelerator in this account."""

    code = "AcceleratorNotFoundException"

    def __init__(self, arn: str) -> None:
        super().__init__(f"The accelerator {arn} doesn't exist.")


class AcceleratorNotDisabledException(ServiceException):
    """DeleteAccelerator of one that is enabled."""

    code = "AcceleratorNotDisabledException"

    def __init__(self, arn: str) -> None:
        super().__init__(f"The accelerator {arn} is enabled. Disable it before you delete it.")


class AssociatedListenerFoundException(ServiceException):
    """DeleteAccelerator of one that has listeners."""

    code = "AssociatedListenerFoundException"

    def __init__(self, arn: str) -> None:
        super().__init__(f"The accelerator {arn} has listeners. Delete them before you delete it.")


class ListenerNotFoundException(ServiceException):
    """No such listener in this account."""

    code = "ListenerNotFoundException"

    def __init__(self, arn: str) -> None:
        super().__init__(f"The listener {arn} doesn't exist.")


class AssociatedEndpointGroupFoundException(ServiceException):
    """DeleteListener of one that has endpoint groups."""

    code = "AssociatedEndpointGroupFoundException"

    def __init__(self, arn: str) -> None:
        super().__init__(f"The listener {arn} has endpoint groups. Delete them before you delete it.")


class EndpointGroupNotFoundException(ServiceException):
    """No such endpoint group in this account."""

    code = "EndpointGroupNotFoundException"

    def __init__(self, arn: str) -> None:
        super().__init__(f"The endpoint group {arn} doesn't exist.")


class AttachmentNotFoundException(ServiceException):
    """No cross-account attachment; there are none here."""

    code = "AttachmentNotFoundException"

    def __init__(self, arn: str) -> None:
        super().__init__(f"The cross-account attachment {arn} doesn't exist.")


class EndpointGroupAlreadyExistsException(ServiceException):
    """A listener has one group for each region."""

    code = "EndpointGroupAlreadyExistsException"

    def __init__(self, region: str) -> None:
        super().__init__(f"The listener has an endpoint group in {region} already.")
