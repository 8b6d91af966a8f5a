"""The planet on a virtual clock: the same rooms, in-memory pipes instead of sockets, seconds that cost microseconds."""
