"""Replication between regions: stamps, vectors, conflicts, senders, members; told of changes by tables, by a port."""
