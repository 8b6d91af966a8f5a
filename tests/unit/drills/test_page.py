"""Claims about the HTML report: one file that needs no other, and hides nothing."""

import re
from html.parser import HTMLParser

import pytest

from sandbox.drills.page import page_of, round_up
from sandbox.drills.report import report_of
from sandbox.drills.values import FaultSeen, Run

VOID = ("meta",)


class Reader(HTMLParser):
    """Which elements are open, and every attribute that could load something."""

    def __init__(self):
        super().__init__()
        self.open, self.loads, self.tags = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.loads += [value for name, value in attributes if name in ("src", "href", "srcset", "data", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        if tag != "br":
            while self.open and self.open[-1] == "br":
                self.open.pop()
            assert self.open.pop() == tag


@pytest.fixture
def page(drill, sample, write):
    samples = [
        write(1, 0.2),
        sample(2, 0.6, found=0),
        *(sample(n, 0.5 * n, ok=n != 4, city="new-york") for n in range(3, 9)),
    ]
    fault = FaultSeen(fault=drill.faults[0], at_s=1.0, until_s=3.0)
    run = Run(samples=tuple(samples), faults=(fault,), final={"baskets": {"us-east-1": {}}})
    return page_of(report_of(drill, 7, run))


def test_it_opens_without_a_network(page):
    reader = Reader()
    reader.feed(page)
    assert reader.loads == []
    assert "script" not in reader.tags
    assert not re.search(r"url\(|@import", page)


def test_it_is_well_formed_and_has_two_pictures(page):
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert reader.tags.count("svg") == 2


@pytest.mark.parametrize(
    "words",
    ["Not held: availability", "stop eu-west-1", "Lost writes: 1", "Stale reads: 1", "no replica holds it", "new-york"],
)
def test_it_tells(page, words):
    assert words in page


def test_it_has_colours_for_light_and_for_dark(page):
    assert "prefers-color-scheme: dark" in page
    assert "LIGHT" not in page
    assert "DARK" not in page


def test_what_a_drill_says_is_text(drill, sample):
    from dataclasses import replace

    told = page_of(report_of(replace(drill, says="<script>alert(1)</script>"), 1, Run(samples=(sample(1, 0.1),))))
    assert "<script" not in told


@pytest.mark.parametrize(("value", "top"), [(0, 1), (1, 1), (90, 100), (101, 200), (370, 400), (1001, 2000)])
def test_the_scale_ends_at_a_round_number(value, top):
    assert round_up(value) == top
