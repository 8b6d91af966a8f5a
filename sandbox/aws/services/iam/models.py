"""IAM's backend: moto's, where `arn:aws:iam::aws:policy/...` exists once somebody names it.

moto has the texts of all 1,600 but loads either none, so that most templates with a role fail, or all, for every
account: 40 MB and two seconds. Here a policy is made for an account on first use; only ListPolicies makes them all.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, iam_backends

OF_AWS = ":iam::aws:policy/"


class SandboxIAMBackend(IAMBackend):
    """IAM of one account."""

    def attach_role_policy(self, policy_arn: str, role_name: str) -> None:
        """As moto, for AWS's policies too."""
        self.know(policy_arn)
        super().attach_role_policy(policy_arn, role_name)

    def attach_group_policy(self, policy_arn: str, group_name: str) -> None:
        """As moto, for AWS's policies too."""
        self.know(policy_arn)
        super().attach_group_policy(policy_arn, group_name)

    def attach_user_policy(self, policy_arn: str, user_name: str) -> None:
        """As moto, for AWS's policies too."""
        self.know(policy_arn)
        super().attach_user_policy(policy_arn, user_name)

    def get_policy(self, policy_arn: str) -> Any:
        """As moto, for AWS's policies too."""
        self.know(policy_arn)
        return super().get_policy(policy_arn)

    def get_policy_version(self, policy_arn: str, version_id: str) -> Any:
        """As moto, for AWS's policies too."""
        self.know(policy_arn)
        return super().get_policy_version(policy_arn, version_id)

    def list_policies(self, *arguments: Any, **options: Any) -> Any:
        """All of them, which only this call needs."""
        for name in texts():
            self.make(name)
        return super().list_policies(*arguments, **options)

    def know(self, policy_arn: str) -> None:
        """Make the policy if it is one of AWS's."""
        if OF_AWS in policy_arn and policy_arn not in self.managed_policies:
            name = policy_arn.rpartition("/")[2]
            if name in texts() and arn_of(self, name) == policy_arn:
                self.make(name)

    def make(self, name: str) -> None:
        """Have the policy of this name in this account, once."""
        if arn_of(self, name) not in self.managed_policies:
            made = AWSManagedPolicy.from_data(name, self.account_id, self.region_name, texts()[name])
            self.aws_managed_policies.append(made)
            self.managed_policies[made.arn] = made


def arn_of(backend: IAMBackend, name: str) -> str:
    """The ARN of a policy of AWS's; some have a path, such as `service-role/`."""
    path = texts()[name].get("Path") or "/"
    return f"arn:{backend.partition}:iam::aws:policy{path}{name}"


@cache
def texts() -> dict[str, Any]:
    """Name -> moto's copy of the policy: parsed once, when the first one is asked for."""
    parsed: dict[str, Any] = json.loads(aws_managed_policies_data)
    return parsed


def install() -> None:
    """Make new backends ours; called before the first call, since every call looks at IAM."""
    iam_backends.backend = SandboxIAMBackend
