"""A report for CI servers: JUnit XML, one test case for each objective. Pure."""

from __future__ import annotations

from xml.etree import ElementTree

from sandbox.drills.report import Report


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
        case = ElementTree.SubElement(suite, "testcase", classname=name, name=verdict["objective"], time="0")
        told = f"{verdict['objective']}: {verdict['limit']}, measured {verdict['measured']}"
        if not verdict["held"]:
            ElementTree.SubElement(case, "failure", message=told, type="objective").text = told
        ElementTree.SubElement(case, "system-out").text = told
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
