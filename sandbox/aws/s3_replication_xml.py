"""ReplicationConfiguration as XML and as a document in the SDK's names, both ways (facts A1). Pure.

Two elements have other names in the SDK: a `Rule` is one of `Rules`, a `Tag` inside `And` one of `Tags`. What AWS's
schema does not have is MalformedXML, as is anything that is not XML.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from sandbox.replication.objects.rules import malformed
from sandbox.replication.objects.values import Document

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
TEXT = None
STATUS: Mapping[str, Any] = MappingProxyType({"Status": TEXT})
MINUTES: Mapping[str, Any] = MappingProxyType({"Minutes": TEXT})
TAG: Mapping[str, Any] = MappingProxyType({"Key": TEXT, "Value": TEXT})
DESTINATION: Mapping[str, Any] = MappingProxyType(
    {
        "Bucket": TEXT,
        "Account": TEXT,
        "StorageClass": TEXT,
        "AccessControlTranslation": {"Owner": TEXT},
        "EncryptionConfiguration": {"ReplicaKmsKeyID": TEXT},
        "ReplicationTime": {"Status": TEXT, "Time": MINUTES},
        "Metrics": {"Status": TEXT, "EventThreshold": MINUTES},
    }
)
RULE: Mapping[str, Any] = MappingProxyType(
    {
        "ID": TEXT,
        "Priority": TEXT,
        "Prefix": TEXT,
        "Filter": {"Prefix": TEXT, "Tag": TAG, "And": {"Prefix": TEXT, "Tag": [TAG]}},
        "Status": TEXT,
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": STATUS, "ReplicaModifications": STATUS},
        "ExistingObjectReplication": STATUS,
        "Destination": DESTINATION,
        "DeleteMarkerReplication": STATUS,
    }
)
SCHEMA: Mapping[str, Any] = MappingProxyType({"Role": TEXT, "Rule": [RULE]})
MANY: Mapping[str, str] = MappingProxyType({"Rule": "Rules", "Tag": "Tags"})  # an element that may come several times
MOST_BYTES = 2 * 1024 * 1024  # 1,000 rules


def document_from(body: bytes) -> Document:
    """What a caller put."""
    if len(body) > MOST_BYTES or b"<!" in body:  # no configuration needs a document type, and none is that long
        raise malformed()
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise malformed() from error
    if _name(root) != "ReplicationConfiguration":
        raise malformed()
    return dict(_read(root, SCHEMA))


def _read(element: ElementTree.Element, schema: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in element:
        name = _name(child)
        if name not in schema:
            raise malformed()
        part = schema[name]
        if isinstance(part, list):
            found.setdefault(MANY[name], []).append(_read(child, part[0]))
        elif name in found:
            raise malformed()
        elif part is TEXT:
            if len(child):
                raise malformed()
            found[name] = (child.text or "").strip() if name != "Prefix" else child.text or ""
        else:
            found[name] = _read(child, part)
    return found


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def document_xml(document: Document) -> str:
    """As GetBucketReplication answers."""
    return f'<ReplicationConfiguration xmlns="{NAMESPACE}">{_written(document, SCHEMA)}</ReplicationConfiguration>'


def _written(fields: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    parts = []
    for name, part in schema.items():
        if isinstance(part, list):
            each = fields.get(MANY[name], ())
            parts += [f"<{name}>{_written(one, part[0])}</{name}>" for one in each]
        elif name in fields:
            inner = escape(fields[name]) if part is TEXT else _written(fields[name], part)
            parts.append(f"<{name}>{inner}</{name}>")
    return "".join(parts)
