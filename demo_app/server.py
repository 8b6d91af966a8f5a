"""The app under a real WSGI server (waitress): eight threads, one listening socket.

In: variables, and whom to tell the port. Called by `python -m demo_app`, or by a warm parent process after `fork`.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Mapping

import waitress

from demo_app.app import create_app
from demo_app.settings import read_settings
from demo_app.store import THREADS

BACKLOG = 1_024
MOST_CONNECTIONS = 4_000  # a load test keeps a thousand open, and waitress would stop accepting at 100
MOST_RECEIVED_BYTES = 1024 * 1024  # the app refuses more than 64 KiB itself, as JSON; this only protects the disk


def serve(settings: Mapping[str, str], ready: Callable[[int], None]) -> None:
    """Serve until the process is told to end. `ready` gets the real port, when connections are already accepted."""
    known = read_settings(settings)
    app = create_app(known)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a full queue under load is no news here
    family = socket.AF_INET6 if ":" in known.host else socket.AF_INET
    with socket.create_server((known.host, known.port), family=family, backlog=BACKLOG) as listening:
        server = waitress.create_server(
            app,
            sockets=[listening],
            threads=THREADS,
            backlog=BACKLOG,
            connection_limit=MOST_CONNECTIONS,
            max_request_body_size=MOST_RECEIVED_BYTES,
            asyncore_use_poll=True,  # select() ends at 1,024 descriptors
            log_socket_errors=False,  # clients that vanish are what this place is about
            ident="demo_app",
        )
        ready(listening.getsockname()[1])
        server.run()
