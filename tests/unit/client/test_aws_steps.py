"""Steps: what bash is shown and what boto3 is called with are the same call."""

from __future__ import annotations

import json
import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.client.aws_steps import Runner, Step, cli_line, filled, kebab, quoted
from sandbox.demo.records import a_record, change
from sandbox.kernel.errors import Refusal


def a_step(**fields):
    return Step(**{"says": "", "service": "route53", "operation": "get_hosted_zone", "arguments": {}, **fields})


def words_of(line: str, **variables: str) -> list[str]:
    """What bash makes of a line: its words, variables put in."""
    assignments = "".join(f"{name}={shlex.quote(value)}; " for name, value in variables.items())
    command = f"aws() {{ printf '%s\\0' \"$@\"; }}; {assignments}{line}"
    return subprocess.run(["bash", "-c", command], capture_output=True, check=True, text=True).stdout.split("\0")[:-1]


def test_names_become_the_clis_own():
    assert kebab("create_hosted_zone") == "create-hosted-zone"
    assert kebab("HostedZoneId") == "hosted-zone-id"
    assert kebab("TableName") == "table-name"


def test_what_is_kept_becomes_a_shell_variable():
    step = a_step(
        operation="create_hosted_zone", arguments={"Name": "example.test."}, keep="ZONE", query="HostedZone.Id"
    )
    assert cli_line(step) == (
        "ZONE=$(aws route53 create-hosted-zone --name example.test. --query HostedZone.Id --output text)"
    )


def test_a_call_whose_answer_nobody_needs_says_nothing():
    assert cli_line(a_step(arguments={"Id": "$ZONE"})) == 'aws route53 get-hosted-zone --id "$ZONE" > /dev/null'


def test_a_regional_call_names_its_region():
    step = a_step(service="dynamodb", operation="list_tables", region="eu-west-1")
    assert cli_line(step) == "aws dynamodb list-tables --region eu-west-1 > /dev/null"


def test_flat_structures_are_written_in_shorthand_each_a_word_of_its_own():
    step = a_step(
        service="dynamodb",
        operation="create_table",
        arguments={
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        },
    )
    assert words_of(cli_line(step).removesuffix(" > /dev/null"))[-2:] == [
        "AttributeName=id,KeyType=HASH",
        "AttributeName=at,KeyType=RANGE",
    ]


def test_a_change_batch_reaches_the_cli_as_the_json_that_boto3_is_given():
    step = change("", ("CREATE", a_record("app.example.test.", "198.18.1.10", 60, HealthCheckId="$CHECK_A")))
    line = cli_line(step).splitlines()
    call = "\n".join(line[:-1]).removeprefix("CHANGE=$(").removesuffix(")")
    words = words_of(call, ZONE="Z1", CHECK_A="c-1")
    assert words[words.index("--hosted-zone-id") + 1] == "Z1"
    given_to_boto3 = filled(dict(step.arguments), {"ZONE": "Z1", "CHECK_A": "c-1"})
    assert json.loads(words[words.index("--change-batch") + 1]) == given_to_boto3["ChangeBatch"]


def test_a_change_of_records_is_waited_for():
    assert cli_line(change("", ("DELETE", {}))).endswith('aws route53 wait resource-record-sets-changed --id "$CHANGE"')


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40))
def test_text_without_variables_passes_bash_unchanged(text):
    text = text.replace("$", "")
    assert shlex.split(quoted(text)) == [text]


def test_a_variable_inside_a_word_is_put_in_by_bash_even_when_it_holds_spaces():
    assert words_of(f"aws {quoted('demo-$RUN-it is')}", RUN="a b") == ["demo-a b-it is"]


def test_a_runner_puts_in_what_earlier_steps_kept():
    calls = []

    def call(step, arguments):
        calls.append((step.operation, arguments))
        return {"HostedZone": {"Id": "/hostedzone/Z1"}}

    runner = Runner(call)
    runner.run(a_step(operation="create_hosted_zone", keep="ZONE", query="HostedZone.Id"))
    runner.run(a_step(arguments={"Id": "$ZONE", "Deep": [{"Id": "x-$ZONE"}]}))
    assert calls[1] == ("get_hosted_zone", {"Id": "/hostedzone/Z1", "Deep": [{"Id": "x-/hostedzone/Z1"}]})


def test_every_run_has_a_caller_reference_of_its_own():
    """Route 53 refuses a second zone with the first one's reference."""
    assert Runner(lambda step, arguments: None).kept["RUN"] != Runner(lambda step, arguments: None).kept["RUN"]


def test_a_step_that_waits_looks_again_until_it_is_so():
    states = ["UPDATING", "UPDATING", "ACTIVE"]
    step = Step(
        says="", service="dynamodb", operation="describe_table", arguments={}, query="Table.TableStatus", until="ACTIVE"
    )
    runner = Runner(lambda step, arguments: {"Table": {"TableStatus": states.pop(0)}})
    assert runner.run(step) == {"Table": {"TableStatus": "ACTIVE"}}
    assert states == []


def test_a_query_is_the_aws_cli_s():
    """JMESPath, so that a step and its line of the CLI find the same; quoted where bash would read brackets."""
    answer = {"EndpointGroup": {"EndpointDescriptions": [{"HealthState": "HEALTHY"}]}}
    query = "EndpointGroup.EndpointDescriptions[0].HealthState"
    step = a_step(operation="describe_endpoint_group", keep="STATE", query=query)
    runner = Runner(lambda step, arguments: answer)
    runner.run(step)
    assert runner.kept["STATE"] == "HEALTHY"
    assert f"--query '{query}' --output text" in cli_line(step)


def test_what_is_not_there_is_not_kept():
    runner = Runner(lambda step, arguments: {"HostedZone": {}})
    with pytest.raises(Refusal, match=r"HostedZone\.Id finds nothing in what get_hosted_zone answers"):
        runner.run(a_step(keep="ZONE", query="HostedZone.Id"))
