"""Measures of the running sandbox, one file each; `scripts/bench` runs them and DESIGN.md's numbers are their targets."""
