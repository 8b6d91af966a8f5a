"""What moto calls, on the real data plane of the regions."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.cloudformation.parsing import get_model_map, resource_name_property_from_type

from sandbox.aws.services.cloudformation.failures import HalfMade
from sandbox.aws.services.dynamodb.models import NAMES, TableModel, install
from sandbox.aws.services.dynamodb.values import GLOBAL_TABLE, TABLE
from sandbox.kernel.errors import Refusal

ACCOUNT, REGION = "000000000000", "eu-west-1"
KEYS: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
STREAM = {"StreamSpecification": {"StreamViewType": "KEYS_ONLY"}}


def model(regions: Any, kind: str = TABLE) -> TableModel:
    return TableModel(regions, kind, NAMES[kind])


def create(regions: Any, kind: str = TABLE, name: str = "made-by-stack", **given: Any) -> Any:
    return model(regions, kind).create_from_cloudformation_json(
        name, {"Properties": KEYS | given}, ACCOUNT, REGION, StackId="none"
    )


def update(regions: Any, table: Any, name: str = "made-anew", **given: Any) -> Any:
    return model(regions).update_from_cloudformation_json(table, name, {"Properties": KEYS | given}, ACCOUNT, REGION)


def test_ref_and_attributes_are_those_of_the_table(regions: Any) -> None:
    """GT 7.07."""
    table = create(regions, **STREAM)
    found = regions.tables(REGION).catalogue.tables["made-by-stack"]
    assert table.physical_resource_id == "made-by-stack"
    assert table.get_cfn_attribute("Arn") == found.arn
    assert table.get_cfn_attribute("TableId") == found.table_id
    assert table.get_cfn_attribute("StreamArn") == found.stream.arn
    again = pickle.loads(pickle.dumps(table))  # it is saved with the stack
    assert (again.made, again.attributes) == (table.made, table.attributes)
    with pytest.raises(UnformattedGetAttTemplateException):
        create(regions, name="without-stream").get_cfn_attribute("StreamArn")


def test_a_table_that_fails_half_way_is_taken_away_and_another_of_that_name_is_not(regions: Any) -> None:
    regions.failing["UpdateTimeToLive"] = Refusal("ValidationException", "no")
    expiry = {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"}}
    with pytest.raises(Refusal, match="no"):
        create(regions, DeletionProtectionEnabled=True, **expiry)
    assert regions.names(REGION) == []
    create(regions)
    with pytest.raises(Refusal, match="Table already exists: made-by-stack"):
        create(regions)
    assert regions.names(REGION) == ["made-by-stack"]


def test_what_cannot_be_taken_away_is_said_too(regions: Any) -> None:
    regions.failing["UpdateTimeToLive"] = Refusal("ValidationException", "no")
    regions.failing["DeleteTable"] = Refusal("ValidationException", "never")
    expiry = {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"}}
    with pytest.raises(HalfMade, match="no What had been made could not be deleted: never") as caught:
        create(regions, **expiry)
    assert caught.value.resource.physical_resource_id == "made-by-stack"


def test_a_change_keeps_the_table_and_an_equal_template_asks_nothing(regions: Any) -> None:
    table = create(regions, **STREAM)
    regions.asked.clear()
    assert update(regions, table, **STREAM) is table
    assert regions.asked == []
    assert update(regions, table) is table
    assert regions.actions() == ["UpdateTable"]
    assert "StreamArn" not in table.attributes


def test_a_failed_change_goes_on_where_it_stopped(regions: Any) -> None:
    """Tags got through before the time to live failed: they are not sent again."""
    table = create(regions)
    wanted = {
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    }
    regions.failing["UpdateContinuousBackups"] = Refusal("InternalServerError", "not now", status=500)
    with pytest.raises(Refusal, match="not now"):
        update(regions, table, **wanted)
    regions.failing.clear()
    regions.asked.clear()
    update(regions, table, **wanted)
    assert regions.actions() == ["UpdateContinuousBackups"]


def test_a_replaced_table_is_new_and_the_old_one_is_the_stacks_to_delete(regions: Any) -> None:
    table = create(regions)
    number = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}]}
    again = update(regions, table, **number)
    assert (again.physical_resource_id, regions.names(REGION)) == ("made-anew", ["made-anew", "made-by-stack"])


@pytest.mark.parametrize(
    ("before", "after", "is_new"),
    [(None, None, False), (None, "named", True), ("named", "named", False), ("named", "other", True),
     ("named", None, True)],
)  # fmt: skip
def test_another_name_is_another_table(regions: Any, before: str | None, after: str | None, is_new: bool) -> None:
    names = [{} if name is None else {"TableName": name} for name in (before, after)]
    table = create(regions, name=before or "generated", **names[0])
    again = update(regions, table, name=after or "generated-again", **names[1])
    assert (again is not table) is is_new


def test_a_named_table_cannot_be_replaced_under_its_name(regions: Any) -> None:
    table = create(regions, name="named", TableName="named")
    number = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}], "TableName": "named"}
    with pytest.raises(Refusal, match="custom-named resource requires replacing"):
        update(regions, table, name="named", **number)


def test_a_global_table_of_one_region_is_plain_and_goes_like_one(regions: Any) -> None:
    """GT 7.08."""
    create(regions, GLOBAL_TABLE, Replicas=[{"Region": REGION}])
    assert regions.actions() == ["CreateTable"]
    model(regions, GLOBAL_TABLE).delete_from_cloudformation_json("made-by-stack", {}, ACCOUNT, REGION)
    assert regions.names(REGION) == []


def test_moto_makes_tables_by_these_models(regions: Any) -> None:
    install(regions)
    for kind in (TABLE, GLOBAL_TABLE):
        found: Any = get_model_map()[kind]
        assert isinstance(found, TableModel)
        assert found.cloudformation_type() == kind
        assert found.has_cfn_attr("StreamArn")
        assert not found.has_cfn_attr("Colour")
        assert resource_name_property_from_type(kind) == "TableName"
