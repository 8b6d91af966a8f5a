"""Replication between regions: stamps, version vectors, conflicts, senders. Tables tell it of changes through a port."""
