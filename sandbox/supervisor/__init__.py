"""The parent of all programs: starts, watches, restarts and ends them; hosts the hub, the journal and the faults."""
