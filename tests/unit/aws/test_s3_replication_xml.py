"""A configuration as XML and back (facts S3 A1); what AWS's schema has not is MalformedXML."""

from __future__ import annotations

import pytest

from sandbox.aws.s3_replication_xml import MOST_BYTES, document_from, document_xml
from sandbox.kernel.errors import Refusal

WHOLE = """<ReplicationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<Role>arn:aws:iam::111122223333:role/repl</Role>
<Rule><ID>all</ID><Priority>1</Priority><Filter><And><Prefix> a&amp;b/</Prefix>
<Tag><Key>k</Key><Value>v</Value></Tag><Tag><Key>l</Key><Value></Value></Tag></And></Filter><Status>Enabled</Status>
<SourceSelectionCriteria><ReplicaModifications><Status>Enabled</Status></ReplicaModifications></SourceSelectionCriteria>
<Destination><Bucket>arn:aws:s3:::target</Bucket><ReplicationTime><Status>Enabled</Status><Time><Minutes>15</Minutes>
</Time></ReplicationTime><Metrics><Status>Enabled</Status></Metrics></Destination>
<DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication></Rule>
<Rule><Prefix></Prefix><Status>Disabled</Status><Destination><Bucket>arn:aws:s3:::old</Bucket></Destination></Rule>
</ReplicationConfiguration>"""


def test_a_configuration_is_read_in_the_sdk_s_names_and_written_back() -> None:
    document = document_from(WHOLE.encode())
    first, second = document["Rules"]
    assert first["Filter"] == {
        "And": {"Prefix": " a&b/", "Tags": [{"Key": "k", "Value": "v"}, {"Key": "l", "Value": ""}]}
    }
    assert first["Destination"]["ReplicationTime"] == {"Status": "Enabled", "Time": {"Minutes": "15"}}
    assert second == {"Prefix": "", "Status": "Disabled", "Destination": {"Bucket": "arn:aws:s3:::old"}}
    assert document_from(document_xml(document).encode()) == document


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        b"<Else/>",
        b"<ReplicationConfiguration><Nobody/></ReplicationConfiguration>",
        b"<ReplicationConfiguration><Role><a/></Role></ReplicationConfiguration>",
        b"<ReplicationConfiguration><Role>a</Role><Role>b</Role></ReplicationConfiguration>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><ReplicationConfiguration/>',
        b"<ReplicationConfiguration>" + b" " * MOST_BYTES + b"</ReplicationConfiguration>",
    ],
)
def test_what_is_of_another_shape_is_malformed(body: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        document_from(body)
    assert refused.value.code == "MalformedXML"
