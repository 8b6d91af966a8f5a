"""boto3 clients of one sandbox, all made by one session: it reads the model of a service once, and not for each client.

In: what `boto3.Session.client` takes. Out: a client. The second client of a service takes 5 ms instead of 100. boto3's
sessions are not for threads, so one client is made after the other; clients may be used by any thread.
"""

from __future__ import annotations

import threading
from typing import Any


class AwsClients:
    """Makes clients. boto3 is imported when the first one is wanted."""

    def __init__(self) -> None:
        self._session: Any = None
        self._lock = threading.Lock()

    def make(self, service: str, **options: Any) -> Any:
        """A client of its own. options: as `boto3.Session.client` takes them."""
        import boto3

        with self._lock:
            if self._session is None:
                self._session = boto3.Session()
            return self._session.client(service, **options)
