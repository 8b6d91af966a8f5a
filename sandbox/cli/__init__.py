"""The `sandbox` command: one file for each group of commands."""
