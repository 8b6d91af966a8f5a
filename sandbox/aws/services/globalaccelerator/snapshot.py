"""Accelerators of all accounts, as the data plane gets them: a topic `accelerator/<id>` for each."""

from __future__ import annotations

from typing import Any

from sandbox.aws.services.globalaccelerator.models import backends


def topics() -> dict[str, Any]:
    """Everything there is now. Safe beside requests: each account's lock is held while it is read."""
    found: dict[str, Any] = {}
    for account, backend in backends():
        with backend.lock:
            for accelerator in backend.accelerators.values():
                found[f"accelerator/{accelerator.id}"] = accelerator.published(account, backend.around)
    return found
