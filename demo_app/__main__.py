"""`python -m demo_app`: one region's app, told everything by environment variables."""

from __future__ import annotations

import os
import sys

from demo_app.server import serve
from demo_app.settings import SettingError


def main() -> int:
    """Serve; exit code 2 for a wrong variable, 1 for a port that cannot be had."""
    try:
        serve(os.environ, _tell)
    except SettingError as error:
        print(f"demo_app: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        address = f"HOST={os.environ.get('HOST', '')} PORT={os.environ.get('PORT', '')}"
        print(f"demo_app: cannot listen ({address}): {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before the server took it over
        return 0
    return 0


def _tell(port: int) -> None:
    print(f"demo_app: ready on port {port} (pid {os.getpid()})", flush=True)


if __name__ == "__main__":
    sys.exit(main())
