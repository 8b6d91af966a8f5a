"""`python -m sandbox.cli`: the same as `sandbox`."""

from sandbox.cli.main import main

main()
