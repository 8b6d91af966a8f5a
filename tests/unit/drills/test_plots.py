"""Claims about pictures: they are well-formed, and show what they were given."""

from xml.etree import ElementTree

import pytest

from sandbox.drills.plots import HEIGHT, LEFT, RIGHT, TOP, WIDTH, Span, moments, plot, x_of, y_of

SPAN = Span(from_s=1.0, until_s=3.0, words="slow <paris> & us-east-1")


def drawn(lines, spans=(SPAN,)):
    return ElementTree.fromstring(plot("availability & more", lines, spans, length_s=5.0, top=100.0))


def test_a_fault_is_drawn_from_its_beginning_to_its_end():
    [rect] = drawn({}).iter("rect")
    assert float(rect.get("x")) == x_of(1.0, 5.0)
    assert float(rect.get("width")) == pytest.approx(x_of(3.0, 5.0) - x_of(1.0, 5.0))
    assert rect.find("title").text == "slow <paris> & us-east-1: 1.0 s to 3.0 s"


def test_a_line_has_a_gap_where_nothing_was_measured():
    picture = drawn({"paris": [(0.5, 100.0), (1.5, 50.0), (2.5, None), (3.5, 0.0), (4.5, 100.0)]})
    assert [len(line.get("points").split()) for line in picture.iter("polyline")] == [2, 2]


def test_a_single_second_is_a_dot_and_an_empty_line_nothing():
    picture = drawn({"paris": [(0.5, 3.0)], "tokyo": [(0.5, None)]})
    assert len(list(picture.iter("circle"))) == 1
    assert not list(picture.iter("polyline"))


def test_nothing_is_drawn_outside():
    assert (x_of(-1, 5), x_of(9, 5)) == (LEFT, WIDTH - RIGHT)
    assert TOP == y_of(101, 100) < y_of(-1, 100) < HEIGHT


@pytest.mark.parametrize(("length_s", "last", "count"), [(1.0, 1, 2), (8.0, 8, 9), (23.0, 20, 5), (3600.0, 3500, 8)])
def test_the_axis_has_whole_seconds(length_s, last, count):
    found = moments(length_s)
    assert (found[0], found[-1], len(found)) == (0, last, count)
