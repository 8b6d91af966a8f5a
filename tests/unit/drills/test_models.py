"""Claims about the keys of a drill's file: each one of them is told in the room's README."""

from pathlib import Path

import pytest

from sandbox.drills import models

README = Path(models.__file__).with_name("README.md").read_text()


@pytest.mark.parametrize(
    "model",
    [models.DrillInput, models.SetupInput, models.LoadInput, models.EventInput, models.ObjectivesInput],
)
def test_each_key_is_told_in_the_readme(model):
    names = [field.alias or name for name, field in model.model_fields.items()]
    assert [name for name in names if f"`{name}`" not in README] == []
