"""Claims about JUnit XML: one case for each objective, and a failure for each that did not hold."""

from xml.etree import ElementTree

from sandbox.drills.junit import junit_of

REPORT = {
    "drill": "small",
    "length_s": 5.0,
    "objectives": [
        {"objective": "availability", "limit": "at least 90 %", "measured": "95 %", "held": True},
        {"objective": "rto_s of <paris>", "limit": "at most 2 s", "measured": "9.0 s", "held": False},
    ],
}


def test_a_ci_server_counts_objectives_and_failures():
    suite = ElementTree.fromstring(junit_of(REPORT))
    assert (suite.tag, suite.get("tests"), suite.get("failures")) == ("testsuite", "2", "1")
    assert [case.get("name") for case in suite.iter("testcase")] == ["availability", "rto_s of <paris>"]
    [failure] = suite.iter("failure")
    assert failure.get("message") == "rto_s of <paris>: at most 2 s, measured 9.0 s"


def test_a_control_character_does_not_make_it_unreadable():
    verdict = {"objective": "rpo_s", "limit": "at most 1 s", "measured": "4 s (pause\x01 \ud800)", "held": False}
    suite = ElementTree.fromstring(junit_of({**REPORT, "objectives": [verdict]}))
    [failure] = suite.iter("failure")
    assert failure.text == "rpo_s: at most 1 s, measured 4 s (pause? ?)"
