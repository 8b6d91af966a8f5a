"""`python -m sandbox.control --hub HOST:PORT --home DIR`."""

from __future__ import annotations

import os
import sys

from sandbox.control.program import serve
from sandbox.management.program import run, seat_from

if __name__ == "__main__":
    os.environ.pop("MOTO_ACCOUNT_ID", None)  # moto would put every call into that one account
    code = run(seat_from("control", sys.argv[1:], os.environ), serve)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # a thread of moto may sit in a long poll for 20 s more; the state is saved already
