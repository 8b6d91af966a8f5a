"""Claims about a drill's file: what is wrong is told with its line, and nothing makes a traceback."""

from copy import deepcopy
from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.drills.core import plan_of
from sandbox.drills.junit import junit_of
from sandbox.drills.models import CallInput, DrillInput, EventInput, LoadInput, ObjectivesInput
from sandbox.drills.page import page_of
from sandbox.drills.reading import parse_drill, read_drill
from sandbox.drills.report import report_of
from sandbox.drills.values import Run
from sandbox.kernel.errors import Refusal

LOAD = "load: [{cities: [paris], url: 'http://a.example.test/', rate_per_s: 1, duration_s: 1}]\n"
REST = LOAD + "objectives: {availability: 1}\n"
SMALLEST = "name: a\nregions: [eu-west-1]\n" + REST


def complaint(text, atlas):
    with pytest.raises(Refusal) as refused:
        parse_drill(text, "d.yaml", atlas)
    return refused.value.message


def test_a_small_file_says_it_all(drill):
    assert drill.cities == ("paris", "new-york")
    assert (drill.length_s, drill.tables) == (5.0, ("baskets",))
    assert drill.faults[0].words == "stop eu-west-1"
    assert drill.objectives.availability == {"overall": 0.9, "paris": 0.5}
    assert drill.objectives.rto_s == {"overall": 2.0}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "d.yaml: the file is empty"),
        ("[]", "d.yaml, line 1: keys and values are needed"),
        ("name: a", "d.yaml, line 1: regions: this key is needed"),
        ("name: a b\nregions: [eu-west-1]\n" + REST, "line 1: name: it should be letters, digits"),
        (
            "name: a\nregions: [eu-vest-1]\n" + REST,
            "line 2: no AWS region is called 'eu-vest-1'. Did you mean eu-west-1",
        ),
        (SMALLEST + "speeed: 3\n", "line 5: unknown key 'speeed'. Did you mean speed or seed?"),
        (SMALLEST.replace("paris", "pariss"), "line 3: Unknown place 'pariss'. Did you mean paris"),
        (SMALLEST.replace("rate_per_s: 1", "rate_per_s: 0"), "line 3: load.0.rate_per_s"),
        (SMALLEST.replace("rate_per_s: 1", "rate: 1"), "line 3: "),
        (SMALLEST.replace("rate_per_s: 1", "rate_per_s: 0.5"), "line 3: 0.5 a second for 1 s is not one request"),
        (SMALLEST + 'says: "\\uD800"\n', "line 5: half a character"),
        (SMALLEST.replace("'http://a.example.test/'", "ftp://x"), "it should be a URL with a path"),
        (SMALLEST.replace("a.example.test", "a.example.test:99999"), "is no http:// or https:// URL"),
        (
            SMALLEST.replace("http://a.example.test", "dynamodb://us-east-1"),
            "it should be dynamodb://, one of eu-west-1",
        ),
        (
            SMALLEST + "architecture:\n  - {service: s3, operation: list_buckets, keep: A, query: 'Buckets['}\n",
            "it should be a query of the aws CLI's --query (JMESPath), such as HostedZone.Id",
        ),
        (SMALLEST + "timeline:\n  - {at: 0, kind: stopp, target: eu-west-1}\n", "line 6: Unknown fault 'stopp'"),
        (SMALLEST + "timeline:\n  - {at: 0, kind: stop, target: us-east-1}\n", "line 6: Unknown region 'us-east-1'"),
        (SMALLEST + "timeline:\n  - {at: 0, kind: slow, target: paris, parameters: {los: 1}}\n", "Did you mean loss?"),
        (SMALLEST + "timeline:\n  - {at: 9, kind: stop, target: eu-west-1}\n", "after the last request"),
        (SMALLEST + "timeline:\n  - {at: 0}\n", "either a fault (kind, target) or a call"),
        (SMALLEST + "timeline:\n  - {at: 0, kind: stop, target: eu-west-1, fro: 3}\n", "Did you mean for?"),
        (SMALLEST + "architecture:\n  - {script: ../x.sh}\n", "a script is a file beside the drill"),
        (SMALLEST + "architecture:\n  - {service: s3}\n", "line 6: operation: this key is needed"),
        (SMALLEST + "architecture:\n  - {service: s3, operation: _x}\n", "it should be a name of boto3"),
        (
            SMALLEST + "architecture:\n  - {service: s3, operation: create_bucket, arguments: {Bucket: $NAME}}\n",
            "$NAME is kept by no earlier call",
        ),
        (SMALLEST + "places: {paris: {min_ttl: 3}}\n", "line 5: places.paris: "),
        (SMALLEST.replace("availability: 1", "availability: {tokyo: 1}"), "'tokyo' has no load"),
        (SMALLEST.replace("availability: 1", "lost_writes: 1"), "needs a load that reads and writes"),
        (SMALLEST.replace("availability: 1", ""), "at least one objective is needed"),
        (SMALLEST.replace("rate_per_s: 1", "rate_per_s: 200").replace("duration_s: 1", "duration_s: 3000"), "too many"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, told, atlas):
    assert told in complaint(text, atlas)


def test_calls_may_use_what_earlier_ones_kept(atlas):
    text = SMALLEST + (
        "architecture:\n"
        "  - {service: route53, operation: create_hosted_zone, keep: ZONE, query: HostedZone.Id,\n"
        "     arguments: {Name: example.test, CallerReference: $RUN}}\n"
        "timeline:\n"
        "  - at: 0.5\n"
        "    expect: ServiceUnavailable\n"
        "    call: {service: route53, operation: delete_hosted_zone, arguments: {Id: $ZONE}}\n"
    )
    drill = parse_drill(text, "d.yaml", atlas)
    assert drill.calls[0].step.arguments == {"Id": "$ZONE"}
    assert drill.calls[0].expect == "ServiceUnavailable"


def test_a_script_stands_beside_its_drill(tmp_path, atlas):
    (tmp_path / "d.yaml").write_text(SMALLEST + "architecture:\n  - script: setup.sh\n")
    with pytest.raises(Refusal, match=r"line 6: 'setup\.sh' beside the drill cannot be read: No such"):
        read_drill(tmp_path / "d.yaml", atlas)
    (tmp_path / "setup.sh").write_text("aws sts get-caller-identity\n")
    assert read_drill(tmp_path / "d.yaml", atlas).architecture[0].script == "aws sts get-caller-identity\n"


def refuses_or_plans(read, name="d.yaml"):
    """Any other exception than a Refusal about the file fails the test; what can be read can be planned, and told."""
    drill = refusal = None
    try:
        drill = read()
    except Refusal as refused:
        refusal = refused
    if drill is None:
        assert (refusal.code, refusal.message.startswith(name)) == ("BadSetting", True)
        assert refusal.message.encode()
        return
    assert plan_of(replace(drill, loads=tuple(replace(load, duration_s=1) for load in drill.loads)), 1)
    report = report_of(drill, 1, Run(samples=()))
    page_of(report).encode()
    junit_of(report).encode()


# Text of one's own, and what YAML and the file mean something by.
WORDS = st.sampled_from(
    [
        "",
        "paris",
        "us-east-1",
        "stop",
        "slow",
        "$ZONE",
        "$RUN",
        "overall",
        "forever",
        "\\uD800",
        "http://x/",
        "dynamodb://",
    ]
)
NUMBERS = st.sampled_from([0, -1, 1, 1e-320, 1e-9, 0.5, 3600, 1e308, 10**400, float("nan"), float("inf")])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | NUMBERS
    | st.floats()
    | WORDS
    | st.text(max_size=20)
    | st.dates()
    | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=3),
    max_leaves=8,
)
EVERY_KEY = """
name: whole
says: every key
regions: [us-east-1, eu-west-1]
speed: 10
seed: 3
places: {paris: {resolver_in: us-east-1, client_subnet: false, min_ttl_s: 5, hold_s: forever}}
architecture:
  - {service: route53, operation: create_hosted_zone, arguments: {Name: x.test., CallerReference: $RUN}, keep: ZONE,
     query: HostedZone.Id, says: a zone, region: us-east-1}
  - {service: dynamodb, operation: describe_table, arguments: {TableName: t}, query: Table.TableStatus, until: ACTIVE}
load:
  - {cities: [paris, tokyo], url: http://app.x.test/baskets/, table: baskets, keys: 3, writes: 0.5, rate_per_s: 2,
     duration_s: 4, start_s: 1, patience_s: 2}
  - {cities: paris, url: dynamodb://eu-west-1/, table: baskets, rate_per_s: 1, duration_s: 2}
timeline:
  - {at: 1, kind: slow, target: [paris, us-east-1], parameters: {add_ms: 5, loss: 0.5}, for: 2}
  - {at: 2, call: {service: route53, operation: delete_hosted_zone, arguments: {Id: $ZONE}}, expect: Nothing}
objectives: {availability: {paris: 0.9}, p99_ms: 900, rto_s: {overall: 1, tokyo: 2}, rpo_s: 1, rpo_writes: 2,
  stale_reads: 3, lost_writes: 4}
"""
CONTENT = yaml.safe_load(EVERY_KEY)


def test_every_key_stands_in_what_is_fuzzed(atlas):
    content = CONTENT
    parse_drill(EVERY_KEY, "d.yaml", atlas)
    assert set(content) == set(DrillInput.model_fields)
    assert {key for entry in content["load"] for key in entry} == set(LoadInput.model_fields)
    assert {key for entry in content["architecture"] for key in entry} == set(CallInput.model_fields)
    assert set(content["objectives"]) == set(ObjectivesInput.model_fields)
    assert {key for entry in content["timeline"] for key in entry} | {"for_s"} == {*EventInput.model_fields, "for"}


@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet=st.characters() | st.sampled_from("{}[]:,-&*!?|>'\"\n #%@`"), max_size=80))
def test_no_text_makes_a_traceback(text, atlas):
    refuses_or_plans(lambda: parse_drill(text, "d.yaml", atlas))


@settings(max_examples=150, deadline=None)
@given(before=st.integers(0, len(EVERY_KEY)), cut=st.integers(0, 30), between=st.binary(max_size=12))
def test_no_bytes_in_a_file_make_a_traceback(before, cut, between, atlas, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    whole = EVERY_KEY.encode()
    path.write_bytes(whole[:before] + between + whole[before + cut :])
    refuses_or_plans(lambda: read_drill(path, atlas), str(path))


def changed_somewhere(data, content):
    """One value, key or entry of the file becomes another, goes, or stands twice."""
    holder = content
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(holder[key], dict | list) or not holder[key] or data.draw(st.booleans()):
            break
        holder = holder[key]
    how = data.draw(st.sampled_from(["value", "value", "value", "gone", "named", "twice"]))
    if how == "gone":
        del holder[key]
    elif how == "value":
        holder[key] = data.draw(VALUES)
    elif isinstance(holder, list):
        holder.append(holder[key])
    else:
        holder[data.draw(st.text(max_size=8) | st.integers() | st.sampled_from(keys))] = holder.pop(key)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), changes=st.integers(1, 3))
def test_no_value_in_the_place_of_another_makes_a_traceback(data, changes, atlas):
    content = deepcopy(CONTENT)
    for _ in range(changes):
        if content:
            changed_somewhere(data, content)
    text = yaml.safe_dump(content, allow_unicode=True)
    refuses_or_plans(lambda: parse_drill(text, "d.yaml", atlas))
