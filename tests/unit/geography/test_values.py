"""What a path adds up to, and its way back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.geography.values import Path, Segment

segments = st.builds(
    Segment,
    kind=st.sampled_from(("access", "internet", "edge", "backbone", "local")),
    src=st.sampled_from("abc"),
    dst=st.sampled_from("abc"),
    rtt_ms=st.floats(0.01, 500),
)
paths = st.builds(Path, segments=st.lists(segments, min_size=1, max_size=4).map(tuple))


def test_a_path_takes_as_long_as_its_segments_together() -> None:
    access = Segment(kind="access", src="paris", dst="paris", rtt_ms=5.0)
    internet = Segment(kind="internet", src="paris", dst="us-east-1", rtt_ms=98.0)
    assert Path(segments=(access, internet)).rtt_ms == 103.0


@given(paths)
def test_the_way_back_takes_exactly_as_long(path: Path) -> None:
    # Equal to the last bit, although the segments are added in the other order.
    assert path.reversed().rtt_ms == path.rtt_ms


@given(paths)
def test_the_way_back_of_the_way_back_is_the_way(path: Path) -> None:
    assert path.reversed().reversed() == path
