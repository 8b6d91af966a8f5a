"""Zones, routing policies, the authority that answers from them, and the resolver of each place."""
