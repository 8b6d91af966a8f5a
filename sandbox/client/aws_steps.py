"""Steps as aws CLI lines, and as calls of boto3. Both say the same, because both are made of the same `Step`.

In: steps as data. Out: bash lines (pure); or, through `Runner`, calls of the sandbox's AWS endpoint. Values that AWS
gives out are kept by name: `$ZONE` in a later step is what an earlier one kept as ZONE, as in a shell.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jmespath

from sandbox.client.aws_clients import AwsClients
from sandbox.kernel.clock import pause_s
from sandbox.kernel.dice import fresh_token
from sandbox.kernel.errors import Refusal

VARIABLE = re.compile(r"\$([A-Z][A-Z0-9_]*)")
LONG_LINE = 100  # characters; a longer JSON value gets one line per element
RUN = "RUN"  # the one name that is known from the start: makes a caller reference new in each run
CHANGE = "CHANGE"  # the name of the last change of records, which one waits for
WAIT_LINE = 'aws route53 wait resource-record-sets-changed --id "$CHANGE"'
LOOK_EVERY_S = 0.05
MOST_LOOKS = 600
HOME = "us-east-1"  # where Route 53 is changed, wherever it answers [R53 7.1]
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One call of AWS, for boto3 and for the aws CLI. Words such as $ZONE in `arguments` stand for what `keep` kept.

    service, operation: as in boto3; query: JMESPath of what is kept under the name `keep`; played: False for a line
    that the script shows as a comment, because it would undo what the script sets up. until: the call is made again
    and again until `query` finds this.
    """

    says: str
    service: str
    operation: str
    arguments: Mapping[str, Any]
    region: str = HOME
    keep: str = ""
    query: str = ""
    played: bool = True
    until: str = ""


Call = Callable[[Step, Mapping[str, Any]], Any]


def create_table(says: str, table: str, region: str) -> Step:
    """A table whose items are known by `id`, in one region."""
    return Step(
        says=says,
        service="dynamodb",
        operation="create_table",
        region=region,
        arguments={
            "TableName": table,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )


def cli_line(step: Step) -> str:
    """The step for bash: `ZONE=$(aws ...)` when something is kept, and nothing on the terminal otherwise.

    A change of records is followed by the wait for it. What is asked until it is so becomes a loop.
    """
    words = ["aws", step.service, kebab(step.operation)]
    if step.region != HOME or step.service != "route53":
        words += ["--region", step.region]
    for name, value in step.arguments.items():
        words += [f"--{kebab(name)}", *_words(value)]
    if step.until:
        asked = f"$({' '.join(words)} --query {_plain(step.query)} --output text)"
        return f'until [ "{asked}" = {step.until} ]; do sleep 0.2; done'
    if not step.keep:
        return f"{' '.join(words)} > /dev/null"
    kept = f"{step.keep}=$({' '.join(words)} --query {_plain(step.query)} --output text)"
    return f"{kept}\n{WAIT_LINE}" if step.keep == CHANGE else kept


def kebab(name: str) -> str:
    """create_hosted_zone -> create-hosted-zone; HostedZoneId -> hosted-zone-id, as the aws CLI does it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").lower()


def _words(value: Any) -> list[str]:
    """A parameter's value as words of bash: text, shorthand (`A=b,C=d`) where it suffices, else JSON."""
    if isinstance(value, str | int | float):
        return [quoted(str(value))]
    short = [shorthand(item) for item in (value if isinstance(value, list) else [value])]
    known = [word for word in short if word is not None]
    return [quoted(word) for word in (known if len(known) == len(short) else [_json(value)])]


def shorthand(structure: Any) -> str | None:
    """The CLI's shorthand of a flat structure; None where only JSON will do."""
    if not isinstance(structure, dict):
        return None
    if any(not isinstance(item, str | int) or set(str(item)) & set(" ,='\"") for item in structure.values()):
        return None
    return ",".join(f"{name}={item}" for name, item in structure.items())


def _json(value: Any) -> str:
    line = json.dumps(value)
    if len(line) <= LONG_LINE or not isinstance(value, dict):
        return line
    name, inner = next(iter(value.items()))
    if len(value) > 1 or not isinstance(inner, list):
        return line
    return f'{{"{name}": [\n  ' + ",\n  ".join(json.dumps(item) for item in inner) + "\n]}"


def quoted(text: str) -> str:
    """Text for bash: single quotes where they are needed, and variables outside of them, in double quotes."""
    pieces = []
    end = 0
    for found in VARIABLE.finditer(text):
        pieces.append(_plain(text[end : found.start()]))
        pieces.append(f'"{found[0]}"')
        end = found.end()
    pieces.append(_plain(text[end:]))
    return "".join(pieces) or "''"


def _plain(text: str) -> str:
    return shlex.quote(text) if text else ""


def filled(value: Any, kept: Mapping[str, str]) -> Any:
    """`value` with every $NAME replaced by what is kept under that name."""
    if isinstance(value, str):
        return VARIABLE.sub(lambda found: kept[found[1]], value)
    if isinstance(value, Mapping):
        return {name: filled(item, kept) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, kept) for item in value]
    return value


class Runner:
    """Makes calls, in order, and keeps what later ones need. call: does one; `Aws` is the real one."""

    def __init__(self, call: Call) -> None:
        self.kept: dict[str, str] = {RUN: fresh_token()}
        self._call = call

    def run(self, step: Step) -> Any:
        """Do one step; its response. A Refusal when what is waited for does not come about."""
        for _ in range(MOST_LOOKS):
            response = self._call(step, filled(dict(step.arguments), self.kept))
            if not step.until or str(found_in(response, step.query)) == step.until:
                break
            pause_s(LOOK_EVERY_S)
        else:
            raise Refusal("NotInTime", f"{step.query} is not {step.until} yet ({step.says})", status=500)
        if step.keep:
            found = found_in(response, step.query)
            if found is None:
                raise Refusal("NothingToKeep", f"{step.query} finds nothing in what {step.operation} answers")
            self.kept[step.keep] = str(found)
        return response


def found_in(response: Any, query: str) -> Any:
    """What `HostedZone.Id` or `Endpoints[0].HealthState` finds, as the CLI's --query (JMESPath); None for nothing."""
    return jmespath.search(query, response)


class Aws:
    """The sandbox's AWS endpoint, by boto3."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url
        self._clients: dict[tuple[str, str], Any] = {}
        self._aws = AwsClients()

    def __call__(self, step: Step, arguments: Mapping[str, Any]) -> Any:
        return getattr(self.client(step.service, step.region), step.operation)(**arguments)

    def client(self, service: str, region: str) -> Any:
        """A boto3 client, made once. It tries a call once: whoever tries things out wants to see errors."""
        from botocore.config import Config

        client = self._clients.get((service, region))
        if client is None:
            once = Config(retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=5, read_timeout=20)
            client = self._clients[service, region] = self._aws.make(
                service, region_name=region, endpoint_url=self._endpoint_url, config=once, **KEYS
            )
        return client
