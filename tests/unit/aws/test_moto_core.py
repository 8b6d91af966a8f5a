"""moto forgets objects that nobody holds."""

from __future__ import annotations

import gc
import weakref

from sandbox.aws.moto_core import prepare_moto


def test_an_object_of_motos_ends_with_its_last_holder() -> None:
    """moto's own keeps each one in a list of its class: a leak of every message and item."""
    prepare_moto()
    from moto.core.common_models import BaseModel

    class Thing(BaseModel):
        def __init__(self, name: str) -> None:
            self.name = name

    thing = Thing("x")
    seen = weakref.ref(thing)
    assert thing.name == "x"
    del thing
    gc.collect()
    assert seen() is None
