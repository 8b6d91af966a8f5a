"""Claims about a user's own table: rows win, everything wrong is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.geography.atlas import Atlas
from sandbox.geography.own_latencies import OwnLatency, both_directions, parse_own_latencies
from sandbox.kernel.errors import Refusal

CODES = ("paris", "us-east-1", "eu-west-1", "edge:CDG")
HEAD = "from,to,rtt_ms,jitter_ms,loss\n"


def test_rows_are_read_with_and_without_their_last_columns() -> None:
    text = "# of our own monitoring\n" + HEAD + "Paris, us-east-1, 95.5, 4, 0.001\n\nus-east-1,us-east-1,0\n"
    assert parse_own_latencies(text, "own.csv", CODES) == {
        ("paris", "us-east-1"): OwnLatency(rtt_ms=95.5, jitter_ms=4, loss=0.001),
        ("us-east-1", "us-east-1"): OwnLatency(rtt_ms=0),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "own.csv: it is empty; its first line must be from,to,rtt_ms,jitter_ms,loss"),
        ("from,rtt_ms\n", "own.csv, line 1: the first line must be from,to"),
        ("# a\nfrom,to,ms\n", "own.csv, line 2: the first line must be"),
        (HEAD + "paris,us-east-1\n", "own.csv, line 2: 2 columns; needed are"),
        (HEAD + "paris,us-east-1,1,2,0,9\n", "own.csv, line 2: 6 columns"),
        (HEAD + "\n# c\nparris,us-east-1,9\n", "own.csv, line 4: no place is called 'parris'. Did you mean paris?"),
        (HEAD + "paris,mars,9\n", "own.csv, line 2: no place is called 'mars'"),
        (HEAD + "paris,us-east-1,fast\n", "own.csv, line 2: rtt_ms is 'fast'; it must be a number from 0 to 60000"),
        (HEAD + "paris,us-east-1,\n", "own.csv, line 2: rtt_ms is ''"),
        (HEAD + "paris,us-east-1,-1\n", "own.csv, line 2: rtt_ms is '-1'"),
        (HEAD + "paris,us-east-1,nan\n", "own.csv, line 2: rtt_ms is 'nan'"),
        (HEAD + "paris,us-east-1,9,0,2\n", "own.csv, line 2: loss is '2'; it must be a number from 0 to 1"),
        (HEAD + "paris,us-east-1,9\nPARIS,us-east-1,9\n", "own.csv, line 3: paris to us-east-1 is given twice"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parse_own_latencies(text, "own.csv", CODES)
    assert refusal.value.message.startswith(said)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"latencies: .*gone\.csv: cannot be read: No such file"):
        Atlas.load(latencies=tmp_path / "gone.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(Refusal, match="it is not UTF-8 text"):
        Atlas.load(latencies=tmp_path / "bytes.csv")


def test_both_directions_count_half_and_one_counts_for_both() -> None:
    found = both_directions({("a", "b"): OwnLatency(rtt_ms=10, loss=0.1), ("b", "a"): OwnLatency(rtt_ms=20)})
    assert found["a", "b"] == found["b", "a"] == OwnLatency(rtt_ms=15, loss=0.05)
    assert both_directions({("a", "b"): OwnLatency(rtt_ms=10)})["b", "a"].rtt_ms == 10


def test_own_rows_win_over_measurement_and_rule_and_others_stay(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text(
        HEAD + "paris,us-east-1,50,3,0.01\nus-east-1,eu-west-1,40\nus-east-1,us-east-1,0\nedge:CDG,paris,1\n"
    )
    usual, mine = Atlas.load(), Atlas.load(latencies=own)
    assert (mine.rtt_ms("paris", "us-east-1"), mine.own_quality("us-east-1", "paris")) == (50, (3, 0.01))
    assert (mine.rtt_ms("eu-west-1", "us-east-1"), mine.rtt_ms("us-east-1", "us-east-1")) == (40, 0)
    assert mine.rtt_ms("paris", "edge:CDG") == 1
    [segment] = mine.path("paris", "us-east-1").segments
    assert (segment.kind, segment.src, segment.dst) == ("internet", "paris", "us-east-1")
    assert mine.rtt_ms("dublin", "us-east-1") < usual.rtt_ms("dublin", "us-east-1"), "near a measured region: follows"
    assert mine.rtt_ms("tokyo", "eu-west-1") == usual.rtt_ms("tokyo", "eu-west-1")
    assert usual.own_quality("paris", "us-east-1") == (0, 0)
