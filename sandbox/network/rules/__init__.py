"""Faults of the network, one file per kind. Each is a rule that gives a verdict on one direction of one link."""
