"""A report for CI servers: JUnit XML, one test case for each objective. Pure."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from sandbox.drills.report import Report

NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


def junit_of(report: Report) -> str:
    """The whole file. Servers know `testsuite`, `testcase` and `failure`; what they do not know they leave out."""
    verdicts = report["objectives"]
    failed = [verdict for verdict in verdicts if not verdict["held"]]
    name = f"sandbox drill {report['drill']}"
    suite = ElementTree.Element(
        "testsuite",
        name=name,
        tests=str(len(verdicts)),
        failures=str(len(failed)),
        errors="0",
        skipped="0",
        time=f"{report['length_s']:g}",
    )
    for verdict in verdicts:
        objective = written(verdict["objective"])
        case = ElementTree.SubElement(suite, "testcase", classname=name, name=objective, time="0")
        told = f"{objective}: {written(verdict['limit'])}, measured {written(verdict['measured'])}"
        if not verdict["held"]:
            ElementTree.SubElement(case, "failure", message=told, type="objective").text = told
        ElementTree.SubElement(case, "system-out").text = told
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def written(text: str) -> str:
    """Names of tables come from the user's file; a control character in one would make the file unreadable."""
    return NOT_IN_XML.sub("?", text)
