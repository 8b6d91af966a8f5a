"""A planet in a box: simulated AWS regions, users in real cities, and what lies between them.

`from sandbox import Sandbox` starts one from Python; the import itself is light (the pytest plugin relies on it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.client.sandbox import Sandbox

__version__ = "0.1.0"
__all__ = ["Sandbox", "__version__"]


def __getattr__(name: str) -> Any:
    """Import `Sandbox` on first use (PEP 562), so that `import sandbox` stays cheap."""
    if name == "Sandbox":
        from sandbox.client.sandbox import Sandbox

        return Sandbox
    raise AttributeError(f"module 'sandbox' has no attribute {name!r}")
