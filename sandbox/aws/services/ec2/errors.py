"""EC2's errors of peering connections that moto has not. Codes: Amazon EC2 API Reference, "Error codes".

The texts of the two limits are ours; the reference describes them and does not quote them.
"""

from __future__ import annotations

from moto.ec2.exceptions import EC2ClientError


def already_exists(connection_id: str) -> EC2ClientError:
    """Two VPCs have one connection at a time."""
    return EC2ClientError(
        "VpcPeeringConnectionAlreadyExists",
        f"A VPC peering connection between the VPCs already exists: {connection_id}",
    )


def too_many_active(vpc_id: str, most: int) -> EC2ClientError:
    """A quota of the VPC."""
    return EC2ClientError(
        "ActiveVpcPeeringConnectionPerVpcLimitExceeded", f"{vpc_id} has {most} active VPC peering connections already."
    )


def too_many_outstanding(most: int) -> EC2ClientError:
    """A quota of the requester."""
    return EC2ClientError(
        "OutstandingVpcPeeringConnectionLimitExceeded",
        f"There are {most} VPC peering connection requests that nobody has answered.",
    )


def wrong_state(connection_id: str) -> EC2ClientError:
    """The step does not follow from the state."""
    return EC2ClientError(
        "InvalidStateTransition",
        f"VpcPeeringConnectionID {connection_id} is not in the correct state for the request.",
    )


def wrong_region(here: str, connection_id: str, there: str, verb: str) -> EC2ClientError:
    """Only the accepter's Region takes the answer."""
    return EC2ClientError(
        "OperationNotPermitted",
        f"Incorrect region ({here}) specified for this request. VPC peering connection {connection_id} must be "
        f"{verb} in region {there}",
    )


def not_yours(account: str, connection_id: str, verb: str) -> EC2ClientError:
    """The step is the other account's."""
    return EC2ClientError("OperationNotPermitted", f"User ({account}) cannot {verb} peering {connection_id}")


def has_requests(vpc_id: str) -> EC2ClientError:
    """Somebody else waits for an answer of this VPC."""
    return EC2ClientError("DependencyViolation", f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
