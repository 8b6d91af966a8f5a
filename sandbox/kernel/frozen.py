"""Values that are made many thousand times a second: frozen for the type checker, without its price at run time.

A frozen dataclass sets each field through `object.__setattr__`, which makes the making of a value of six fields cost
1.0 µs instead of 0.4. Where that shows, a module takes this `dataclass` in place of Python's, and the type checker
Python's own, so that it refuses whatever would set a field:

    if TYPE_CHECKING:
        from dataclasses import dataclass
    else:
        from sandbox.kernel.frozen import dataclass
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable


def dataclass(*, frozen: bool, slots: bool, kw_only: bool) -> Callable[[type], type]:
    """As `dataclasses.dataclass`, equality, hash and `replace` included; nothing at run time holds a field fast."""
    assert frozen, "a value whose fields may change is Python's own dataclass"
    return dataclasses.dataclass(slots=slots, kw_only=kw_only, unsafe_hash=True)
