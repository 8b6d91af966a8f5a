"""What checkpoints see of a sandbox that runs: a `Sight` of checks.py.

In: a `Sandbox`, its AWS clients, and since when events count. Out: plain values. What AWS or a region refuses is a
Refusal in a sentence; boto3's errors do not leave this file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sandbox.kernel.errors import Refusal, unknown

if TYPE_CHECKING:
    from sandbox.client.sandbox import Sandbox

ACCELERATOR_HOME = "us-west-2"


class Clients:
    """AWS clients of one sandbox, each made once: botocore's model of a service is megabytes, and garbage that a
    program which lives long, like the console, would collect late."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._made: dict[tuple[str, str | None], Any] = {}

    def of(self, service: str, region: str | None) -> Any:
        """Tried once: a checkpoint says what is, and does not wait."""
        key = service, region
        if key not in self._made:
            self._made[key] = self._make(service, region)
        return self._made[key]

    def _make(self, service: str, region: str | None) -> Any:
        from botocore.config import Config

        once = Config(retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=3, read_timeout=10)
        if region is not None and region not in self._sandbox.regions:
            return self._sandbox.client(service, region=region, config=once, endpoint_url=self._sandbox.endpoint_url())
        return self._sandbox.client(service, region=region, config=once)


class LiveSight:
    """One look. since_s: events before this moment are left out, Unix seconds."""

    def __init__(self, sandbox: Sandbox, clients: Clients, since_s: float) -> None:
        self._sandbox = sandbox
        self._client = clients.of
        self._since_s = since_s

    def addresses(self, name: str, place: str) -> tuple[str, Sequence[str]]:
        """As Route 53 answers clients of the place; a resolver would keep what it is told too early."""
        subnets = {each["code"]: each["subnet"] for each in self._sandbox.call("planet", "places")}
        if place not in subnets:
            raise unknown("place", place, list(subnets), see="sandbox places")
        return self._answered(name, subnets[place].partition("/")[0])

    def draws(self, name: str, count: int) -> Sequence[str]:
        """Fresh ones, for which no resolver is asked either."""
        return [address for _ in range(count) for address in self._answered(name, "")[1]]

    def _answered(self, name: str, client: str) -> tuple[str, Sequence[str]]:
        asked = {"zone": "", "name": name, "rtype": "A", "resolver_ip": client}
        found = self._sandbox.call("planet", "test_answer", **asked)
        addresses = [value for rrset in found["answer"] if rrset["rtype"] == "A" for value in rrset["values"]]
        return str(found["rcode"]), addresses

    def events(self, kind: str) -> Sequence[Mapping[str, Any]]:
        """Of the journal."""
        return [event for event in self._sandbox.events(kinds=[kind]) if event["at_s"] >= self._since_s]

    def faults(self) -> Sequence[Mapping[str, Any]]:
        """Those that are not healed."""
        found: list[dict[str, Any]] = self._sandbox.call("hub", "fault_list")
        return found

    def health(self) -> Mapping[str, bool]:
        """Verdicts of the planet, targets as Route 53 has them."""
        verdicts = {check["id"]: bool(check["healthy"]) for check in self._sandbox.call("planet", "health")}
        listed = self._asked(self._client("route53", None).list_health_checks)["HealthChecks"]
        targets = {each["Id"]: each["HealthCheckConfig"] for each in listed}
        return {
            str(config.get("IPAddress") or config.get("FullyQualifiedDomainName")): verdicts[check_id]
            for check_id, config in targets.items()
            if check_id in verdicts
        }

    def habits(self, place: str) -> Mapping[str, Any]:
        """What `sandbox place set` has changed."""
        found: dict[str, Any] = self._sandbox.call("planet", "place_set", place=place)["settings"]
        return found

    def replicas(self, table: str) -> Mapping[str, str]:
        """Each region describes its own."""
        found: dict[str, str] = {}
        for region in self._sandbox.regions:
            description = self._described(table, region)
            if description is not None:
                own = [each for each in description.get("Replicas", []) if each["RegionName"] == region]
                found[region] = own[0]["ReplicaStatus"] if own else description["TableStatus"]
        return found

    def tables(self, region: str) -> Sequence[str]:
        """By ListTables."""
        return list(self._asked(self._client("dynamodb", region).list_tables)["TableNames"])

    def item(self, table: str, key: str, region: str) -> Mapping[str, Any] | None:
        """By GetItem, strongly consistent."""
        from boto3.dynamodb.types import TypeDeserializer

        get = self._client("dynamodb", region).get_item
        found = self._asked(get, TableName=table, Key={"id": {"S": key}}, ConsistentRead=True).get("Item")
        plain = TypeDeserializer().deserialize
        return None if found is None else {name: plain(value) for name, value in found.items()}

    def conflicts(self, table: str) -> int:
        """In all regions' logs."""
        return len(self._sandbox.tables.conflicts(table))

    def differences(self, table: str) -> int:
        """By a walk over all replicas; a region that is silent counts as different."""
        compared = self._sandbox.tables.diff(table)
        return len(compared.differences) + len(compared.silent)

    def accelerators(self) -> Sequence[Mapping[str, Any]]:
        """By ListAccelerators."""
        listed = self._asked(self._client("globalaccelerator", ACCELERATOR_HOME).list_accelerators)
        return [{"name": each["Name"], "state": each["Status"]} for each in listed["Accelerators"]]

    def things(self) -> Mapping[str, int]:
        """What is there of the kinds that labs make: how many of each, by what people call them.

        Where a fault stands AWS may not answer, so then faults are all that is told.
        """
        if faults := len(self.faults()):
            return {"fault": faults}
        route53 = self._asked(self._client("route53", None).list_hosted_zones)["HostedZones"]
        buckets = self._asked(self._client("s3", None).list_buckets)["Buckets"]
        return {
            "table": sum(len(self.tables(region)) for region in self._sandbox.regions),
            "hosted zone": len(route53),
            "bucket": len(buckets),
            "accelerator": len(self.accelerators()),
        }

    def _described(self, table: str, region: str) -> Mapping[str, Any] | None:
        """None where there is no such table, or no region that answers."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            found: dict[str, Any] = self._client("dynamodb", region).describe_table(TableName=table)["Table"]
        except (BotoCoreError, ClientError):
            return None
        return found

    def _asked(self, call: Any, **arguments: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return call(**arguments)
        except ClientError as error:
            raise Refusal("NotThere", str(error.response["Error"]["Message"])) from error
        except BotoCoreError as error:
            raise Refusal("NotThere", f"{call.__name__} was not answered: {error}") from error
