"""The way to a running sandbox."""

import pytest

from sandbox.cli.options import card_of, checked_place, connect
from sandbox.kernel.errors import Refusal


def test_no_card_is_a_refusal_that_says_how_to_start(tmp_path):
    with pytest.raises(Refusal, match="sandbox up -d"):
        card_of(tmp_path)


def test_a_place_may_be_written_in_capitals_and_is_checked(fake_sandbox):
    with connect(fake_sandbox.home) as client:
        assert checked_place(client, "Paris") == "paris"
        with pytest.raises(Refusal, match="Did you mean paris"):
            checked_place(client, "pariss")
