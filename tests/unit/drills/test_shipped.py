"""Claims about the drills that come with the package."""

import pytest

from sandbox.drills.core import plan_of
from sandbox.drills.reading import read_drill
from sandbox.drills.shipped import find_drill, shipped_drills
from sandbox.kernel.errors import Refusal

MOST_S = 25


@pytest.mark.parametrize("name", shipped_drills())
def test_each_can_be_read_is_named_as_its_file_and_is_short(name, atlas):
    drill = read_drill(find_drill(name), atlas)
    assert drill.name == name
    assert drill.says
    assert drill.length_s <= MOST_S
    assert plan_of(drill, drill.seed).requests


def test_a_file_of_ones_own_is_found_by_its_path(tmp_path):
    (tmp_path / "mine.yaml").write_text("")
    assert find_drill(str(tmp_path / "mine.yaml")) == tmp_path / "mine.yaml"


def test_a_name_that_is_none_gets_near_ones():
    with pytest.raises(Refusal, match="Did you mean region-loss-dns"):
        find_drill("region-loss-dsn")
    with pytest.raises(Refusal, match=r"No file mine\.yaml"):
        find_drill("mine.yaml")
