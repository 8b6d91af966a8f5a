"""CloudFormation templates that would be built wrongly are refused by name. Pure.

DynamoDB tables live in the regions, CloudFormation in control: moto would make such a table where no front door reads it.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from sandbox.kernel.errors import Refusal
from sandbox.protocols.http1 import Request

NOT_BUILT = re.compile(r"AWS::DynamoDB::[A-Za-z]+")
BUILDING = frozenset({"CreateStack", "UpdateStack", "CreateChangeSet", "CreateStackSet", "UpdateStackSet"})


def refuse_unbuildable_stack(request: Request) -> None:
    """A Refusal (AWS's ValidationError) when the template names a resource that no stack here can make."""
    if b"AWS%3A%3ADynamoDB" not in request.body and b"AWS::DynamoDB" not in request.body:
        return
    form = parse_qs(request.body.decode("utf-8", "replace"))
    if form.get("Action", [""])[0] not in BUILDING:
        return
    found = NOT_BUILT.findall(form.get("TemplateBody", [""])[0])
    if found:
        raise Refusal(
            "ValidationError",
            f"Template error: {found[0]} is not emulated yet in stacks of the sandbox. "
            "Make the table with DynamoDB CreateTable in its region.",
        )
