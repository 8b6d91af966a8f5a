"""scripts/benches/report.py: figures of several runs become medians, verdicts, a table and JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

NUMBERS = st.floats(-1e9, 1e9)


@pytest.fixture(scope="module")
def benches():
    """The package."""
    import benches.report
    import benches.values

    return benches


def figures(benches, name, values, **rest):
    return [[benches.values.Figure(name=name, unit="1/s", value=value, **rest)] for value in values]


def row(benches, values, **rest):
    [one] = benches.report.rows_of(figures(benches, "answers", values, **rest))
    return one


def test_a_row_holds_the_median_of_its_runs_not_the_mean(benches):
    # One slow run, when the machine was busy, must not decide.
    assert row(benches, [100.0, 1.0, 90.0]).median == 90.0


@pytest.mark.parametrize(
    ("wants", "target", "met"),
    [
        ("at least", 90.0, True),
        ("at least", 91.0, False),
        ("at most", 90.0, True),
        ("at most", 89.0, False),
        ("at most", 0.0, False),  # a target of nothing is a target
        ("at least", None, None),
    ],
)
def test_the_median_is_what_must_meet_the_target(benches, wants, target, met):
    assert row(benches, [100.0, 1.0, 90.0], wants=wants, target=target).met is met


def test_rows_come_in_the_order_of_first_mention_and_gather_all_runs(benches):
    figure = benches.values.Figure
    first = [figure(name="put", unit="1/s", value=1), figure(name="get", unit="1/s", value=2)]
    second = [figure(name="get", unit="1/s", value=3), figure(name="left", unit="count", value=0)]
    rows = benches.report.rows_of([first, second])
    assert [(one.name, one.values) for one in rows] == [("put", (1,)), ("get", (2, 3)), ("left", (0,))]


@given(values=st.lists(NUMBERS, min_size=1, max_size=50), percent=st.floats(0, 100))
def test_a_percentile_is_one_of_the_values_and_so_many_are_not_above_it(benches, values, percent):
    found = benches.report.percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) >= percent / 100 * len(values) - 1e-9


def test_percentiles_of_a_hundred_are_their_numbers(benches):
    values = [float(number) for number in range(100, 0, -1)]
    assert [benches.report.percentile(values, percent) for percent in (1, 50, 99, 100)] == [1, 50, 99, 100]


def test_there_is_no_percentile_of_nothing(benches):
    with pytest.raises(ValueError, match="no values"):
        benches.report.percentile([], 50)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (73000.4, "73,000"),
        (743.26, "743"),
        (99.96, "100"),
        (5.864, "5.86"),
        (0.0, "0"),
        (-6.19, "-6.19"),
        (float("nan"), "-"),
        (float("inf"), "-"),
    ],
)
def test_numbers_show_three_digits_that_count(benches, value, text):
    assert benches.report.number(value) == text


def test_the_table_shows_target_beside_measured_and_says_what_was_missed(benches):
    runs = [
        [*one, *other]
        for one, other in zip(
            figures(benches, "answers", [70_000.0, 80_000.0, 75_000.0], target=73_000.0),
            figures(benches, "error p99", [9.0, 8.5, 12.0], wants="at most", target=8.0),
            strict=True,
        )
    ]
    assert benches.report.table("dns", benches.report.rows_of(runs)).splitlines() == [
        "dns                target  median        min - max",
        "answers, 1/s    >= 73,000  75,000  70,000 - 80,000  met",
        "error p99, 1/s       <= 8       9         8.5 - 12  MISSED",
    ]


def test_a_figure_without_target_or_of_one_run_leaves_its_cells_empty(benches):
    one = benches.report.cells(row(benches, [4.0]))
    assert one == ("answers, 1/s", "", "4", "", "")


def test_the_record_is_json_and_keeps_every_run(benches):
    rows = {"dns": [row(benches, [3.0, 1.0, 2.0], target=2.0)]}
    read = json.loads(json.dumps(benches.report.record({"cores": 2}, rows)))
    assert read["machine"] == {"cores": 2}
    assert read["benches"]["dns"] == [
        {
            "name": "answers",
            "unit": "1/s",
            "wants": "at least",
            "target": 2.0,
            "median": 2.0,
            "min": 1.0,
            "max": 3.0,
            "runs": [3.0, 1.0, 2.0],
            "met": True,
        }
    ]


def test_a_number_that_cannot_be_had_says_why_in_the_table_and_is_null_in_json(benches):
    # NaN is no JSON, and "MISSED" would be a verdict on something that nobody has measured.
    runs = [[benches.values.unmeasured("put beside dynalite", "times", "npm is not installed")]]
    [lacking] = benches.report.rows_of(runs)
    assert lacking.met is None
    assert "npm is not installed" in benches.report.table("tables", [lacking])
    found = json.loads(json.dumps(lacking.as_record(), allow_nan=False))
    assert (found["median"], found["runs"], found["why_not"]) == (None, [None], "npm is not installed")
