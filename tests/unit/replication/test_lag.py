"""Claims about lag numbers."""

from __future__ import annotations

from sandbox.replication.lag import KEPT, Lag


def test_percentiles_are_of_the_last_writes() -> None:
    lag = Lag()
    assert lag.percentile_ms(50) is None
    for _ in range(KEPT):
        lag.add(9999.0)
    for number in range(KEPT):
        lag.add(float(number))
    assert (lag.percentile_ms(50), lag.percentile_ms(99)) == (KEPT * 0.5, KEPT * 0.99)
    assert lag.percentile_ms(100) == KEPT - 1
    assert lag.count == 2 * KEPT
