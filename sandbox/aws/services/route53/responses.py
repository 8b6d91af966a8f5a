"""Route 53's handler: moto's, with a refusal by name where moto would drop a member without a word."""

from __future__ import annotations

from typing import Any

from moto.route53.exceptions import Route53ClientError
from moto.route53.responses import Route53

from sandbox.aws.services.route53.check_rules import refuse_check
from sandbox.aws.services.route53.record_rules import not_emulated_member
from sandbox.kernel.errors import Refusal


class Route53Response(Route53):
    """One call."""

    def change_resource_record_sets(self) -> Any:
        """Refuses the routing policies that the sandbox has not."""
        for change in self._get_param("ChangeBatch.Changes") or ():
            words = not_emulated_member(change["ResourceRecordSet"])
            if words:
                raise Route53ClientError("InvalidInput", f"The sandbox does not emulate {words}.")
        return super().change_resource_record_sets()

    def create_health_check(self) -> Any:
        """Refuses checks that the planet cannot make."""
        refuse_in_route53(self._get_param("HealthCheckConfig"))
        return super().create_health_check()

    def update_health_check(self) -> Any:
        """As moto, with a new version of the check."""
        backend = self.backend
        check = backend.health_checks.get(self._get_param("HealthCheckId"))
        expected = self._get_param("HealthCheckVersion")
        if check is not None and expected is not None and int(expected) != check.health_check_version:
            raise Route53ClientError(
                "HealthCheckVersionMismatch", "The value of HealthCheckVersion does not match the one stored."
            )
        result = super().update_health_check()
        if check is not None:
            check.health_check_version += 1
        return result

    def delete_health_check(self) -> Any:
        """moto forgets a check that never was without a word."""
        self.backend.get_health_check(self._get_param("HealthCheckId"))
        return super().delete_health_check()


def refuse_in_route53(config: dict[str, Any]) -> None:
    """A refusal of ours as moto raises one."""
    try:
        refuse_check(config)
    except Refusal as refusal:
        raise Route53ClientError(refusal.code, refusal.message) from refusal
