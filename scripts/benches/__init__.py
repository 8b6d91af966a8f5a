"""Measures of the running sandbox, one file each; `scripts/bench` runs them against the targets of DESIGN.md."""
