"""The management channel: how programs, command line and tests speak to each other. No latency, no faults, no users."""
