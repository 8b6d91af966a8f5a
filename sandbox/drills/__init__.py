"""Drills: regions, load, faults and objectives in one file; a report and a verdict come out."""
