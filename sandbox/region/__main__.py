"""`python -m sandbox.region CODE --hub HOST:PORT --home DIR`: one region by itself, as in a container.

The supervisor does not start regions so: its nursery forks them. The certificate authority must be there already.
"""

from __future__ import annotations

import os
import sys

from sandbox.management.program import seat_from
from sandbox.region.program import main

if __name__ == "__main__":
    sys.exit(main(seat_from(f"region:{sys.argv[1]}", sys.argv[2:], os.environ)))
