"""Replication between regions: stamps, version vectors, conflicts, senders; told of changes by tables, through a port."""
