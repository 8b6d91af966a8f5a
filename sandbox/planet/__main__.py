"""`python -m sandbox.planet --hub HOST:PORT --home DIR`."""

from __future__ import annotations

import os
import sys

from sandbox.management.program import run, seat_from
from sandbox.planet.program import serve

if __name__ == "__main__":
    sys.exit(run(seat_from("planet", sys.argv[1:], os.environ), serve))
