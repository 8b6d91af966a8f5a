"""A resource that could not be made, changed or deleted, with the reason that its service gave."""

from __future__ import annotations

from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from sandbox.kernel.errors import Refusal

# What services raise when they refuse: ours, moto's, and those of moto's older services.
REASONS = (Refusal, ServiceException, HTTPException)


class ResourceFailed(ValidationError):
    """Ends a stack's operation. A ValidationError, should it ever reach a caller."""

    def __init__(self, logical_id: str, resource_type: str, physical_id: str, reason: str) -> None:
        super().__init__(message=f"Resource {logical_id} ({resource_type}) failed: {reason}")
        self.logical_id = logical_id
        self.resource_type = resource_type
        self.physical_id = physical_id
        self.reason = reason


class HalfMade(Refusal):
    """A creation that failed and could not be taken back: the stack keeps the resource, to delete it later."""

    def __init__(self, refusal: Refusal, second: Refusal, resource: Any) -> None:
        message = f"{refusal.message} What had been made could not be deleted: {second.message}"
        super().__init__(refusal.code, message, status=refusal.status, definite=False)
        self.resource = resource


def reason_of(error: BaseException) -> str:
    """The sentence for people, with the service's code."""
    code = getattr(error, "error_type", None) or getattr(error, "code", "")
    message = getattr(error, "message", None) or getattr(error, "description", None) or str(error)
    return f'Resource handler returned message: "{message}" (Error Code: {code})'
